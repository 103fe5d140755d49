import { useCommonWords } from '../../language/common.ts';
import { Button, buttonClass } from '../button.tsx';
import { Empty } from '../empty.tsx';
import { PageLink } from '../link.tsx';
import { Page } from '../page.tsx';

export function NotFound() {
  const { notFound } = useCommonWords();
  return (
    <Page title={notFound.title} width="form">
      <Empty title="404" text={notFound.text}>
        <PageLink to="/" className={buttonClass()}>
          {notFound.back}
        </PageLink>
      </Empty>
    </Page>
  );
}

/** A mistake of ours in a page: the others go on. */
export function PageFailed({ error }: { readonly error: unknown }) {
  const { failed } = useCommonWords();
  return (
    <Page title={failed.title} width="form">
      <p>{failed.text}</p>
      <pre className="overflow-x-auto font-mono text-xs text-quiet">{String(error)}</pre>
      <div>
        <Button look="primary" onClick={() => location.reload()}>
          {failed.reload}
        </Button>
      </div>
    </Page>
  );
}
