import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { request } from '../../api/client.ts';
import { useMayWrite } from '../../api/session.ts';
import { MAX_PAGE_MONITORS, type StatusPage } from '../../api/status-page-facts.ts';
import { statusPageQuery } from '../../api/status-pages.ts';
import { useStatusPageWords } from '../../language/status-pages.ts';
import { BackLink } from '../../ui/back-link.tsx';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Icon } from '../../ui/icons.tsx';
import { PageLink, useGo } from '../../ui/link.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { useToast } from '../../ui/toast.tsx';
import { Announcements } from './announcements.tsx';
import { Badges } from './badges.tsx';
import { useShownNames } from './shown.ts';

/** One page for everybody: where it is, what it says, its announcements and its badges. */
export function StatusPagePage() {
  const words = useStatusPageWords();
  const { id } = useParams({ strict: false }) as { id: string };
  const { data: page, error, refetch } = useQuery(statusPageQuery(id));
  const mayWrite = useMayWrite();
  const [isDeleting, setDeleting] = useState(false);
  return (
    <Page
      title={page?.title ?? words.title}
      above={<BackLink to="/status-pages">{words.title}</BackLink>}
      actions={
        page !== undefined && (
          <>
            {page.public && (
              <a href={page.url} target="_blank" rel="noreferrer" className={buttonClass({ look: 'primary' })}>
                {words.open}
                <Icon name="external" size={16} />
              </a>
            )}
            {mayWrite && (
              <>
                <PageLink to={`/status-pages/${page.id}/edit`} className={buttonClass()}>
                  {words.edit}
                </PageLink>
                <Button look="danger" onClick={() => setDeleting(true)}>
                  {words.remove.button}
                </Button>
              </>
            )}
          </>
        )
      }
    >
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {page === undefined && error === null && <Skeleton lines={5} />}
      {page !== undefined && (
        <div className="flex flex-col gap-8">
          <Where page={page} />
          <Announcements page={page} mayChange={mayWrite} />
          <Shows page={page} />
          <Badges page={page} />
        </div>
      )}
      {page !== undefined && isDeleting && <Remove page={page} onClose={() => setDeleting(false)} />}
    </Page>
  );
}

interface PageProps {
  readonly page: StatusPage;
}

function Where({ page }: PageProps) {
  const words = useStatusPageWords();
  return (
    <div className="flex flex-col gap-2">
      <p className={page.public ? '' : 'font-medium'}>{page.public ? words.publicText : words.draftText}</p>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1">
        <dt className="text-quiet">{words.address}</dt>
        <dd className="break-all">{page.url}</dd>
        {page.host !== null && (
          <>
            <dt className="text-quiet">{words.domain}</dt>
            <dd className="break-all">{page.host}</dd>
          </>
        )}
      </dl>
    </div>
  );
}

function Shows({ page }: PageProps) {
  const words = useStatusPageWords();
  const names = useShownNames(page);
  const isTooMany = new Set(names?.flat()).size > MAX_PAGE_MONITORS;
  return (
    <Section title={words.shows}>
      {page.groups.length === 0 && <p className="text-quiet">{words.nothing}</p>}
      {isTooMany && <p className="text-late">{words.tooMany(MAX_PAGE_MONITORS)}</p>}
      <div className="grid gap-x-10 gap-y-5 sm:grid-cols-2 lg:grid-cols-3">
        {page.groups.map((group, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: groups have nothing else that tells them apart
          <div key={index} className="min-w-0">
            <h3 className="mb-1 truncate">{group.title === '' ? words.untitled : group.title}</h3>
            {names?.[index]?.length === 0 && <p className="text-quiet">{words.nothingInGroup}</p>}
            <ul>
              {names?.[index]?.slice(0, MAX_PAGE_MONITORS).map((name, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two monitors may have one name
                <li key={place} className="truncate border-b border-line py-1.5" title={name}>
                  {name}
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </Section>
  );
}

function Remove({ page, onClose }: PageProps & { readonly onClose: () => void }) {
  const { remove: words } = useStatusPageWords();
  const toast = useToast();
  const queries = useQueryClient();
  const go = useGo();
  return (
    <Confirm
      title={words.title(page.title)}
      text={words.text}
      button={words.button}
      onClose={onClose}
      work={async () => {
        await request('DELETE', `/api/v1/status-pages/${page.id}`);
        go('/status-pages', { replace: true });
        toast({ text: words.done(page.title) });
        await queries.invalidateQueries({ queryKey: ['status-pages'], exact: true });
      }}
    />
  );
}
