import { useQuery } from '@tanstack/react-query';
import { useMayWrite } from '../../api/session.ts';
import type { StatusPage } from '../../api/status-page-facts.ts';
import { statusPagesQuery } from '../../api/status-pages.ts';
import { useStatusPageWords } from '../../language/status-pages.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Icon } from '../../ui/icons.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { useShownNames } from './shown.ts';

/** Pages for everybody. */
export function StatusPagesPage() {
  const words = useStatusPageWords();
  const mayWrite = useMayWrite();
  const { data: pages, error, refetch } = useQuery(statusPagesQuery);
  const add = mayWrite && (
    <PageLink to="/status-pages/new" className={buttonClass({ look: 'primary' })}>
      {words.add}
    </PageLink>
  );
  const sorted = pages?.toSorted((one, other) => one.title.localeCompare(other.title));
  return (
    <Page title={words.title} actions={sorted !== undefined && sorted.length > 0 ? add : undefined}>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {sorted === undefined && error === null && <Skeleton lines={3} />}
      {sorted?.length === 0 && (
        <Empty title={words.empty.title} text={words.empty.text}>
          {add}
        </Empty>
      )}
      {sorted !== undefined && sorted.length > 0 && (
        <ul className="flex flex-col border-t border-line">
          {sorted.map((page) => (
            <Row key={page.id} page={page} />
          ))}
        </ul>
      )}
    </Page>
  );
}

function Row({ page }: { readonly page: StatusPage }) {
  const words = useStatusPageWords();
  const names = useShownNames(page);
  return (
    <li className="border-b border-line">
      <PageLink
        to={`/status-pages/${page.id}`}
        className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-3 py-2.5 text-text no-underline hover:bg-hover md:grid-cols-[auto_minmax(0,1fr)_auto] md:px-2"
      >
        <span className="text-quiet">
          <Icon name="statusPages" />
        </span>
        <span className="min-w-0">
          <span className="block truncate font-medium" title={page.title}>
            {page.title}
          </span>
          <span className="block truncate text-quiet">{page.host ?? page.url.replace(/^https?:\/\//, '')}</span>
        </span>
        <span className="col-start-2 text-xs text-quiet md:col-start-3 md:text-right">
          <span className="block">{page.public ? words.public : words.draft}</span>
          {names !== undefined && <span className="block">{words.things(new Set(names.flat()).size)}</span>}
        </span>
      </PageLink>
    </li>
  );
}
