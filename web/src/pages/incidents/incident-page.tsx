import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type FullIncident, incidentQuery, type Suppressed } from '../../api/incidents.ts';
import { useMayWrite } from '../../api/session.ts';
import { useIncidentWords } from '../../language/incidents.ts';
import { BackLink } from '../../ui/back-link.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StatusShape } from '../../ui/status.tsx';
import { Duration, Time } from '../../ui/time.tsx';
import { CareButtons } from './care.tsx';
import { Facts } from './facts.tsx';
import { Timeline } from './timeline.tsx';

/** One incident as a story: what and since when, who is at it, the facts, what happened. */
export function IncidentPage() {
  const words = useIncidentWords();
  const { id } = useParams({ strict: false }) as { id: string };
  const { data: incident, error, refetch } = useQuery(incidentQuery(id));
  const mayWrite = useMayWrite();
  const isOpen = incident?.state === 'open';
  return (
    <Page
      title={incident?.monitor.name ?? words.title}
      above={<BackLink to="/incidents">{words.title}</BackLink>}
      actions={mayWrite && isOpen && incident.acknowledged !== undefined && <CareButtons incident={incident} />}
    >
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {incident === undefined && error === null && <Skeleton lines={6} />}
      {incident !== undefined && (
        <div className="flex flex-col gap-8">
          <Story incident={incident} />
          <Facts incident={incident} />
          {incident.evidence.output_tail !== null && (
            <Section title={words.output}>
              <section
                className="max-h-80 overflow-auto rounded-md border border-line bg-panel"
                // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
                tabIndex={0}
                aria-label={words.output}
              >
                <pre className="p-3 font-mono text-xs leading-5 break-words whitespace-pre-wrap">
                  {incident.evidence.output_tail}
                </pre>
              </section>
            </Section>
          )}
          <Section title={words.timeline.title}>
            <Timeline incident={incident} />
          </Section>
        </div>
      )}
    </Page>
  );
}

function Story({ incident }: { readonly incident: FullIncident }) {
  const words = useIncidentWords();
  const { state, cause, resolution_text: ending, suppressed, acknowledged, snoozed_until: snoozedUntil } = incident;
  const isOpen = state === 'open';
  return (
    <div className="flex flex-col gap-2">
      <p className="flex items-start gap-2.5 text-base">
        <span className="mt-1">
          <StatusShape status={isOpen ? 'down' : 'up'} isDecoration />
        </span>
        <span className="min-w-0 break-words">
          <b className="font-semibold">
            {isOpen ? words.story.openTitle : words.story.overTitle}
            {isOpen && (
              <>
                {' '}
                <Duration seconds={incident.duration_seconds} />
              </>
            )}
            :
          </b>{' '}
          {cause.text}
        </span>
      </p>
      {ending !== null && <p className="break-words">{ending}</p>}
      {suppressed && <Held suppressed={suppressed} />}
      {acknowledged && (
        <p className="break-words">
          {words.timeline.acknowledged(acknowledged.by)}, <Time at={acknowledged.at} />
          {acknowledged.note !== '' && <q className="ml-1 text-quiet">{acknowledged.note}</q>}
        </p>
      )}
      {isOpen && acknowledged === null && (
        <p className="text-quiet">
          {words.story.unclaimed} {words.story.unclaimedText}
        </p>
      )}
      {isOpen && snoozedUntil && (
        <p className="text-quiet">
          {words.snoozedUntil} <Time at={snoozedUntil} form="short" />
        </p>
      )}
    </div>
  );
}

/** Why nobody was told, or later than at once. */
function Held({ suppressed }: { readonly suppressed: Suppressed }) {
  const { story: words } = useIncidentWords();
  const { reason, outcome, maintenance_id: maintenance, until } = suppressed;
  if (reason !== 'maintenance') return <p className="text-quiet">{words.held[outcome ?? reason]}</p>;
  return (
    <p className="text-quiet">
      {words.maintenance[outcome ?? 'now']}
      {outcome === null && until !== null && (
        <>
          {' '}
          <Time at={until} form="short" />
        </>
      )}
      . {maintenance !== null && <PageLink to={`/maintenance/${maintenance}`}>{words.maintenance.open}</PageLink>}
    </p>
  );
}
