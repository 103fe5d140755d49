import { useInfiniteQuery } from '@tanstack/react-query';
import { incidentsQuery, type ListedIncident } from '../../api/incidents.ts';
import { useCommonWords } from '../../language/common.ts';
import { useIncidentWords } from '../../language/incidents.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StatusShape } from '../../ui/status.tsx';
import { Duration, Time } from '../../ui/time.tsx';

/** What is down now, then what was. */
export function IncidentsPage() {
  const words = useIncidentWords();
  return (
    <Page title={words.title}>
      <List state="open" title={words.open} none={words.noneOpen} />
      <List state="resolved" title={words.past} none={words.nonePast} />
    </Page>
  );
}

interface ListProps {
  readonly state: 'open' | 'resolved';
  readonly title: string;
  readonly none: string;
}

function List({ state, title, none }: ListProps) {
  const common = useCommonWords();
  const query = useInfiniteQuery(incidentsQuery(state));
  const incidents = query.data?.pages.flatMap((page) => page.incidents);
  return (
    <Section title={title}>
      {query.error !== null && <ErrorNote error={query.error} onRetry={() => void query.refetch()} />}
      {incidents === undefined && query.error === null && <Skeleton lines={3} />}
      {incidents?.length === 0 && (
        <p className="flex items-center gap-2 text-quiet">
          {state === 'open' && <StatusShape status="up" isDecoration />}
          {none}
        </p>
      )}
      {incidents !== undefined && incidents.length > 0 && (
        <ul className="flex flex-col border-t border-line">
          {incidents.map((incident) => (
            <Row key={incident.id} incident={incident} />
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <div>
          <Button isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {common.action.showMore}
          </Button>
        </div>
      )}
    </Section>
  );
}

function Row({ incident }: { readonly incident: ListedIncident }) {
  const words = useIncidentWords();
  const { id, monitor, cause, state, opened_at: openedAt, duration_seconds: seconds } = incident;
  const { acknowledged, snoozed_until: snoozedUntil, suppressed } = incident;
  const isOpen = state === 'open';
  const isHeld = suppressed !== null && suppressed !== undefined && suppressed.outcome !== 'told';
  return (
    <li className="border-b border-line">
      <PageLink
        to={`/incidents/${id}`}
        className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 py-2.5 text-text no-underline hover:bg-hover md:grid-cols-[auto_minmax(0,1fr)_auto] md:px-2"
      >
        <span className="mt-0.5">
          <StatusShape status={isOpen ? 'down' : 'up'} isDecoration />
        </span>
        <span className="min-w-0">
          <span className="block truncate font-medium" title={monitor.name}>
            {monitor.name}
          </span>
          <span className="block break-words text-quiet">{cause.text}</span>
          {isHeld && (
            <span className="block text-xs text-quiet">
              {words.held[suppressed.reason === 'maintenance' ? 'maintenance' : 'site']}
            </span>
          )}
          {isOpen && acknowledged && (
            <span className="block text-xs text-quiet">{words.acknowledgedBy(acknowledged.by)}</span>
          )}
          {isOpen && snoozedUntil && (
            <span className="block text-xs text-quiet">
              {words.snoozedUntil} <Time at={snoozedUntil} form="short" />
            </span>
          )}
        </span>
        <span className="col-start-2 text-xs text-quiet md:col-start-3 md:text-right">
          <span className={`block ${isOpen ? 'text-down' : ''}`}>
            {isOpen ? words.downFor : words.lasted} <Duration seconds={seconds} />
          </span>
          <Time at={openedAt} form="short" />
        </span>
      </PageLink>
    </li>
  );
}
