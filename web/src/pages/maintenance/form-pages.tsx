import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { request } from '../../api/client.ts';
import { oneMaintenanceQuery } from '../../api/maintenance.ts';
import type { Maintenance } from '../../api/maintenance-facts.ts';
import { useTeam } from '../../api/session.ts';
import { useMaintenanceWords } from '../../language/maintenance.ts';
import { viewerZone } from '../../language/times.ts';
import { serverNow } from '../../lib/clock.ts';
import { BackLink } from '../../ui/back-link.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { useGo } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { useToast } from '../../ui/toast.tsx';
import { draftOf, emptyDraft } from './draft.ts';
import { MaintenanceForm } from './maintenance-form.tsx';

/** Puts what was saved where it is shown. */
function useSaved() {
  const queries = useQueryClient();
  const go = useGo();
  const toast = useToast();
  return async (saved: Maintenance, text: string) => {
    go(`/maintenance/${saved.id}`, { replace: true });
    toast({ text });
    await queries.invalidateQueries({ queryKey: ['maintenance'] });
  };
}

/** `?monitor=ID` comes from the page of that monitor. */
export function NewMaintenancePage() {
  const words = useMaintenanceWords();
  const { monitor } = useSearch({ strict: false }) as { monitor?: string };
  const { data: team } = useTeam();
  const done = useSaved();
  // The team's zone, and where that was left at UTC the reader's, as for a new monitor.
  const zone = team === undefined || team.timezone === 'UTC' ? viewerZone() : team.timezone;
  return (
    <Page
      title={words.form.newTitle}
      width="form"
      above={<BackLink to={monitor === undefined ? '/maintenance' : `/monitors/${monitor}`}>{words.title}</BackLink>}
    >
      {team === undefined ? (
        <Skeleton lines={6} />
      ) : (
        <MaintenanceForm
          first={{ ...emptyDraft(zone, serverNow()), monitors: monitor === undefined ? [] : [monitor] }}
          button={words.form.make}
          back="/maintenance"
          work={async (body) => {
            const made = await request<Maintenance>('POST', '/api/v1/maintenance', { body });
            await done(made, words.form.made(made.name));
          }}
        />
      )}
    </Page>
  );
}

export function EditMaintenancePage() {
  const words = useMaintenanceWords();
  const { id } = useParams({ strict: false }) as { id: string };
  const { data: one, error, refetch } = useQuery(oneMaintenanceQuery(id));
  const done = useSaved();
  return (
    <Page
      title={one === undefined ? words.title : words.form.editTitle(one.name)}
      width="form"
      above={
        <BackLink to={`/maintenance/${id}`}>
          <span className="min-w-0 wrap-anywhere">{one?.name ?? words.title}</span>
        </BackLink>
      }
    >
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {one === undefined && error === null && <Skeleton lines={6} />}
      {one !== undefined && (
        <MaintenanceForm
          key={one.id}
          first={draftOf(one, viewerZone(), serverNow())}
          back={`/maintenance/${id}`}
          work={async (body) => {
            const saved = await request<Maintenance>('PATCH', `/api/v1/maintenance/${id}`, { body });
            await done(saved, words.form.saved);
          }}
        />
      )}
    </Page>
  );
}
