import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { eventsOf, type FullIncident, type IncidentEvent, timelineQuery } from '../../api/incidents.ts';
import { useChannelWords } from '../../language/channels.ts';
import { useIncidentWords } from '../../language/incidents.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatClock, formatDay } from '../../language/times.ts';
import { ErrorNote } from '../../ui/error-note.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { type Shape, StatusShape } from '../../ui/status.tsx';
import { exactTitle, Time } from '../../ui/time.tsx';

/** Signals, notices and what people did, in order. */
export function Timeline({ incident }: { readonly incident: FullIncident }) {
  const { language } = useLanguage();
  const isTold = incident.acknowledged !== undefined;
  const { data, error, refetch } = useQuery({ ...timelineQuery(incident.id), enabled: isTold });
  if (isTold && error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (isTold && data === undefined) return <Skeleton lines={4} />;
  const events = data ?? eventsOf(incident);
  return (
    <ol className="flex flex-col">
      {events.map((event, index) => {
        const day = formatDay(Date.parse(event.at), language);
        const before = events[index - 1];
        const isNewDay = before === undefined || formatDay(Date.parse(before.at), language) !== day;
        // biome-ignore lint/suspicious/noArrayIndexKey: what happened stays in its place
        return <Row key={index} event={event} day={isNewDay ? day : null} />;
      })}
    </ol>
  );
}

function shapeOf({ type, signal, notice }: IncidentEvent): Shape {
  if (type === 'opened') return 'down';
  if (type === 'resolved') return 'up';
  if (type === 'cause') return 'late';
  if (type === 'notice') return notice?.state === 'failed' ? 'down' : notice?.state === 'sent' ? 'up' : 'new';
  if (type === 'signal') return signal?.kind === 'fail' ? 'down' : signal?.kind === 'start' ? 'running' : 'up';
  return 'new';
}

interface RowProps {
  readonly event: IncidentEvent;
  /** The day that begins with it. */
  readonly day: string | null;
}

function Row({ event, day }: RowProps) {
  const { language } = useLanguage();
  const at = Date.parse(event.at);
  const isMark = event.type === 'opened' || event.type === 'resolved';
  return (
    <li className="grid grid-cols-[5.5rem_auto_minmax(0,1fr)] items-start gap-x-3 border-b border-line py-2 last:border-0">
      <time dateTime={event.at} title={exactTitle(at, language)} className="text-xs leading-5 text-quiet">
        {day !== null && <span className="block font-medium">{day}</span>}
        {formatClock(at, language)}
      </time>
      <span className="mt-0.5">
        <StatusShape status={shapeOf(event)} isDecoration />
      </span>
      <div className={`min-w-0 break-words ${isMark ? 'font-medium' : ''}`}>
        <What event={event} />
      </div>
    </li>
  );
}

function What({ event }: { readonly event: IncidentEvent }): ReactNode {
  const { timeline: words } = useIncidentWords();
  const { log } = useChannelWords();
  const { type, cause, signal, notice, by = '', note = '', until } = event;
  if (type === 'opened') return `${words.opened}: ${cause?.text ?? ''}`;
  if (type === 'cause') return `${words.cause}: ${cause?.text ?? ''}`;
  if (type === 'resolved') return words.resolved;
  if (signal !== undefined) return words.signalText(words.signal[signal.kind], signal.exit_status);
  if (notice !== undefined) {
    return (
      <>
        {words.notice[notice.kind] ?? notice.kind} →{' '}
        <PageLink to={`/channels/${notice.channel.id}`}>{notice.channel.name}</PageLink>:{' '}
        {words.states[notice.state] ?? notice.state}
        {notice.reason !== null && <span className="text-quiet"> ({log.reasons[notice.reason] ?? notice.reason})</span>}
      </>
    );
  }
  return (
    <>
      {type === 'snoozed' ? words.snoozed(by) : words.acknowledged(by)}
      {until !== undefined && (
        <>
          {' '}
          <Time at={until} form="short" />
        </>
      )}
      {note !== '' && <q className="ml-1 text-quiet">{note}</q>}
    </>
  );
}
