import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/client.ts';
import { incidentQuery } from '../../api/incidents.ts';
import { useMayWrite } from '../../api/session.ts';
import type { Incident, Monitor, Notice, UptimeWindow } from '../../api/types.ts';
import { useChannelWords } from '../../language/channels.ts';
import { useCommonWords } from '../../language/common.ts';
import { useIncidentWords } from '../../language/incidents.ts';
import { useMonitorPageWords } from '../../language/monitor.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatDuration, formatRatio } from '../../language/times.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Section } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StatusShape } from '../../ui/status.tsx';
import { Duration, Time } from '../../ui/time.tsx';
import { CareButtons } from '../incidents/care.tsx';
import { zoneOf } from '../overview/row.tsx';

const INCIDENTS_AT_ONCE = 5;

/** Shares of time up, in four windows. */
export function Uptime({ monitor }: { readonly monitor: Monitor }) {
  const { uptime: words } = useMonitorPageWords();
  const { language } = useLanguage();
  const { data } = useQuery({
    queryKey: ['monitor', monitor.id, 'uptime'],
    queryFn: ({ signal }) =>
      request<{ windows: readonly UptimeWindow[] }>('GET', `/api/v1/monitors/${monitor.id}/uptime`, { signal }),
  });
  return (
    <Section title={words.title}>
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-md border border-line bg-line sm:grid-cols-4">
        {(data?.windows ?? []).map(({ name, ratio, down_seconds: down }) => (
          <div key={name} className="flex flex-col gap-0.5 bg-panel px-4 py-3">
            <dt className="text-xs text-quiet">{words.names[name] ?? name}</dt>
            <dd className={ratio === null ? 'text-quiet' : 'text-lg'}>
              {ratio === null ? words.notWatched : formatRatio(ratio, language)}
            </dd>
            {down > 0 && <dd className="text-xs text-down">{words.downFor(formatDuration(down * 1_000, language))}</dd>}
          </div>
        ))}
      </dl>
    </Section>
  );
}

interface IncidentPage {
  readonly incidents: readonly Incident[];
  readonly next_cursor: string | null;
}

/** Its incidents, the last one first; of an open one also who was told. */
export function Incidents({ monitor }: { readonly monitor: Monitor }) {
  const { incidents: words } = useMonitorPageWords();
  const common = useCommonWords();
  const { data, error, isPending, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ['monitor', monitor.id, 'incidents'],
    queryFn: ({ pageParam, signal }) =>
      request<IncidentPage>('GET', `/api/v1/monitors/${monitor.id}/incidents`, {
        query: { limit: INCIDENTS_AT_ONCE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const incidents = data?.pages.flatMap((page) => page.incidents) ?? [];
  return (
    <Section title={words.title}>
      {isPending && <Skeleton lines={2} />}
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data !== undefined && incidents.length === 0 && <p className="text-quiet">{words.none}</p>}
      <ol className="flex flex-col">
        {incidents.map((incident) => (
          <OneIncident key={incident.id} incident={incident} zone={zoneOf(monitor)} />
        ))}
      </ol>
      {hasNextPage && (
        <div>
          <Button size="small" onClick={() => void fetchNextPage()}>
            {common.action.showMore}
          </Button>
        </div>
      )}
    </Section>
  );
}

function OneIncident({ incident, zone }: { readonly incident: Incident; readonly zone: string | null }) {
  const { incidents: words } = useMonitorPageWords();
  const { language } = useLanguage();
  const isOpen = incident.state === 'open';
  return (
    <li className="grid grid-cols-[8px_1fr] gap-x-2 border-l border-line pb-5 pl-4 last:pb-0">
      <span className="mt-0.5 -ml-[25px] bg-ground py-0.5">
        <StatusShape status={isOpen ? 'down' : 'up'} size={16} isDecoration />
      </span>
      <div className="min-w-0">
        <p className="break-words">
          <Time at={incident.opened_at} zone={zone} form="short" /> · {incident.cause.text}
        </p>
        <p className="text-quiet">
          {isOpen ? `${words.open}, ` : ''}
          {isOpen ? (
            <Duration seconds={incident.duration_seconds} />
          ) : (
            (incident.resolution_text ?? words.lasted(formatDuration(incident.duration_seconds * 1_000, language)))
          )}
          {' · '}
          <PageLink to={`/incidents/${incident.id}`}>{words.details}</PageLink>
        </p>
        {isOpen ? <OpenIncident id={incident.id} /> : <Told id={incident.id} />}
      </div>
    </li>
  );
}

/** Of an open incident: its last output, and whom the news of it reached. */
function OpenIncident({ id }: { readonly id: string }) {
  const words = useMonitorPageWords();
  const { timeline } = useIncidentWords();
  const mayWrite = useMayWrite();
  const { data } = useQuery(incidentQuery(id));
  if (data === undefined) return null;
  const { notices, evidence, notes, acknowledged } = data;
  return (
    <div className="mt-3 flex flex-col gap-3">
      {acknowledged && (
        <p className="break-words">
          {timeline.acknowledged(acknowledged.by)}, <Time at={acknowledged.at} />
          {acknowledged.note !== '' && <q className="ml-1 text-quiet">{acknowledged.note}</q>}
        </p>
      )}
      {mayWrite && (
        <div className="flex flex-wrap gap-2">
          <CareButtons incident={data} />
        </div>
      )}
      {evidence.output_tail !== null && (
        <section
          aria-label={words.incidents.output}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
          tabIndex={0}
          className="max-h-52 overflow-auto rounded-md border border-line bg-panel"
        >
          <pre className="px-3 py-2.5 font-mono text-xs whitespace-pre-wrap">{evidence.output_tail}</pre>
        </section>
      )}
      {notes.length > 0 && (
        <ul>
          {notes.map((note) => (
            <li key={note.at}>
              <Time at={note.at} form="short" /> · {note.cause.text}
            </li>
          ))}
        </ul>
      )}
      <div>
        <h3 className="text-xs font-normal text-quiet">{words.incidents.notices}</h3>
        <Notices notices={notices} />
      </div>
    </div>
  );
}

/** Of an incident that is over it is asked for when somebody wants to know. */
function Told({ id }: { readonly id: string }) {
  const { incidents: words } = useMonitorPageWords();
  const [isOpen, setOpen] = useState(false);
  const { data, error } = useQuery({ ...incidentQuery(id), enabled: isOpen });
  return (
    <details className="mt-1" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit cursor-pointer text-xs text-quiet">{words.notices}</summary>
      {error !== null && <ErrorNote error={error} />}
      {isOpen && data === undefined && error === null && <Skeleton lines={1} />}
      {data !== undefined && <Notices notices={data.notices} />}
    </details>
  );
}

/** Who was told, and whether it arrived. */
function Notices({ notices }: { readonly notices: readonly Notice[] }) {
  const words = useMonitorPageWords();
  const { log } = useChannelWords();
  if (notices.length === 0) return <p>{words.incidents.noNotices}</p>;
  return (
    <ul className="mt-1 flex flex-col gap-1">
      {notices.map((notice) => (
        <li key={notice.id} className="flex flex-wrap items-center gap-x-2">
          <StatusShape
            status={notice.state === 'sent' ? 'up' : notice.state === 'failed' ? 'down' : 'late'}
            size={12}
            isDecoration
          />
          {notice.channel.name} · {words.notice[notice.kind] ?? notice.kind} ·{' '}
          {words.delivery[notice.state] ?? notice.state}
          {notice.finished_at !== null && (
            <span className="text-quiet">
              <Time at={notice.finished_at} form="short" />
            </span>
          )}
          {notice.reason !== null && (
            <span className="text-quiet">({log.reasons[notice.reason] ?? notice.reason})</span>
          )}
        </li>
      ))}
    </ul>
  );
}
