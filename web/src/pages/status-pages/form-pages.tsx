import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { request } from '../../api/client.ts';
import { useTeam } from '../../api/session.ts';
import type { StatusPage } from '../../api/status-page-facts.ts';
import { statusPageQuery } from '../../api/status-pages.ts';
import { useStatusPageWords } from '../../language/status-pages.ts';
import { BackLink } from '../../ui/back-link.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { useGo } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { useToast } from '../../ui/toast.tsx';
import { draftOf, emptyDraft } from './draft.ts';
import { StatusPageForm } from './status-page-form.tsx';

/** Puts what was saved where it is shown. */
function useSaved() {
  const queries = useQueryClient();
  const go = useGo();
  const toast = useToast();
  return async (saved: StatusPage, text: string) => {
    queries.setQueryData(['status-pages', saved.id], saved);
    go(`/status-pages/${saved.id}`, { replace: true });
    toast({ text });
    await queries.invalidateQueries({ queryKey: ['status-pages'] });
  };
}

export function NewStatusPagePage() {
  const words = useStatusPageWords();
  const { data: team } = useTeam();
  const done = useSaved();
  return (
    <Page title={words.form.newTitle} width="form" above={<BackLink to="/status-pages">{words.title}</BackLink>}>
      {team === undefined ? (
        <Skeleton lines={6} />
      ) : (
        <StatusPageForm
          first={emptyDraft(team.language, team.timezone)}
          page={null}
          button={words.form.make}
          back="/status-pages"
          work={async (body) => {
            const made = await request<StatusPage>('POST', '/api/v1/status-pages', { body });
            await done(made, words.form.made(made.title));
          }}
        />
      )}
    </Page>
  );
}

export function EditStatusPagePage() {
  const words = useStatusPageWords();
  const { id } = useParams({ strict: false }) as { id: string };
  const { data: page, error, refetch } = useQuery(statusPageQuery(id));
  const done = useSaved();
  return (
    <Page
      title={page === undefined ? words.title : words.form.editTitle(page.title)}
      width="form"
      above={
        <BackLink to={`/status-pages/${id}`}>
          <span className="min-w-0 wrap-anywhere">{page?.title ?? words.title}</span>
        </BackLink>
      }
    >
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {page === undefined && error === null && <Skeleton lines={6} />}
      {page !== undefined && (
        <StatusPageForm
          key={page.id}
          first={draftOf(page)}
          page={page}
          back={`/status-pages/${id}`}
          work={async (body) => {
            const saved = await request<StatusPage>('PATCH', `/api/v1/status-pages/${id}`, { body });
            await done(saved, words.form.saved);
          }}
        />
      )}
    </Page>
  );
}
