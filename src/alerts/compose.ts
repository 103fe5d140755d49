import type { Instant } from '../core/instant.ts';
import type { ChannelForSending, ClaimedDelivery, NoticeFacts } from '../store/deliveries.ts';
import type { DigestEntry, IncidentFacts, MonitorRef, Subject } from './subjects.ts';
import { teamSubject } from './summaries/notices.ts';

/** What a delivery has to say, or why there is nothing to say any more. */
export type Composition =
  | {
      readonly subject: Subject;
      readonly openingProviderId: string | null;
      /** Ids of the notices that a digest does not tell of: over quietly before it went. */
      readonly leftOut: readonly string[];
    }
  | { readonly nothing: 'merged' | 'incident_closed' | 'opening_not_sent' | 'subject_gone' };

export interface ComposeContext {
  readonly publicUrl: string;
  readonly now: Instant;
  readonly channel: ChannelForSending;
  readonly delivery: ClaimedDelivery;
  /** Notices of this delivery in all; more than are at hand in a great storm. */
  readonly total: number;
}

/** Endings that nobody wants to hear of who has not heard of the beginning. */
const QUIET = new Set(['withdrawn', 'paused', 'deleted']);
/** An alarm that goes out this long after it was due says so. */
const DELAY_TOLD_FROM_MS = 60_000;

function monitorRef(monitor: NonNullable<NoticeFacts['monitor']>, publicUrl: string): MonitorRef {
  return { ...monitor, url: `${publicUrl}/monitors/${monitor.id}` };
}

function incidentFacts(notice: NoticeFacts, publicUrl: string): IncidentFacts | null {
  const { incident, monitor } = notice;
  if (incident === null || monitor === null) return null;
  const { lastGoodRun, outputTail } = incident.evidence;
  return {
    ...incident,
    lastGoodRun:
      lastGoodRun === null
        ? null
        : {
            ...lastGoodRun,
            durationMs: lastGoodRun.startedAt === null ? null : lastGoodRun.endedAt - lastGoodRun.startedAt,
          },
    outputTail: outputTail === null ? null : Buffer.from(outputTail, 'base64').toString('utf8'),
    url: `${publicUrl}/incidents/${incident.id}`,
  };
}

/** Told already or not worth telling: left out of a digest, and the end of a single notice. */
function isMoot(notice: NoticeFacts): Extract<Composition, { nothing: string }>['nothing'] | null {
  if (notice.kind === 'opened' && QUIET.has(notice.incident?.resolution ?? '')) return 'incident_closed';
  if (notice.kind === 'resolved' && (notice.afterState === 'failed' || notice.afterState === 'cancelled')) {
    return 'opening_not_sent';
  }
  return null;
}

/**
 * Several nodes make notices within one millisecond, by clocks that differ by more: an end that stands before its
 * beginning is put behind it.
 */
function openingsFirst(notices: readonly NoticeFacts[]): readonly NoticeFacts[] {
  const isEarly = (notice: NoticeFacts, index: number) =>
    notice.kind === 'resolved' &&
    notices.some((other, place) => place > index && other.kind === 'opened' && other.subjectId === notice.subjectId);
  const early = notices.filter(isEarly);
  if (early.length === 0) return notices;
  return notices
    .filter((notice) => !early.includes(notice))
    .flatMap((notice) => {
      const end = notice.kind === 'opened' ? early.filter((other) => other.subjectId === notice.subjectId) : [];
      return [notice, ...end];
    });
}

/** Chooses what is said: one thing, a beginning together with its end, or a digest. */
export function compose(given: readonly NoticeFacts[], context: ComposeContext): Composition {
  const notices = openingsFirst(given);
  const [first] = notices;
  if (first === undefined) return { nothing: 'merged' };
  if (context.delivery.form === 'digest') return composeDigest(notices, context);
  const moot = isMoot(first);
  if (moot !== null) return { nothing: moot };
  if (first.subjectType === 'incident') return composeIncident(notices, first, context);
  const subject = composeOther(first, context);
  return subject === null ? { nothing: 'subject_gone' } : { subject, openingProviderId: null, leftOut: [] };
}

function composeIncident(notices: readonly NoticeFacts[], first: NoticeFacts, context: ComposeContext): Composition {
  const incident = incidentFacts(first, context.publicUrl);
  if (incident === null || first.monitor === null) return { nothing: 'subject_gone' };
  const monitor = monitorRef(first.monitor, context.publicUrl);
  if (first.kind === 'resolved') {
    const subject = { type: 'incident_resolved', monitor, incident } as const;
    return { subject, openingProviderId: first.afterProviderId, leftOut: [] };
  }
  const isOver = notices.some((notice) => notice.kind === 'resolved');
  const opened = { ...monitor, status: isOver ? monitor.status : ('down' as const) };
  const lateMs = context.now - incident.detectedAt;
  const delay =
    lateMs < DELAY_TOLD_FROM_MS
      ? {}
      : { delay: { ms: lateMs, reason: { type: 'unavailable' as const, channelKind: context.channel.kind } } };
  return {
    subject: { type: isOver ? 'incident_merged' : 'incident_opened', monitor: opened, incident, ...delay },
    openingProviderId: null,
    leftOut: [],
  };
}

function composeDigest(notices: readonly NoticeFacts[], context: ComposeContext): Composition {
  const entries = notices.flatMap((notice): DigestEntry[] => {
    const incident = incidentFacts(notice, context.publicUrl);
    if (incident === null || notice.monitor === null || isMoot(notice) !== null) return [];
    const kind = notice.kind === 'resolved' ? 'resolved' : 'opened';
    return [{ kind, monitor: monitorRef(notice.monitor, context.publicUrl), incident }];
  });
  if (entries.length === 0) return { nothing: 'incident_closed' };
  const subject = { type: 'digest', entries, total: context.total - (notices.length - entries.length) } as const;
  const moot = notices.filter((notice) => notice.kind === 'opened' && isMoot(notice) !== null);
  return { subject, openingProviderId: null, leftOut: moot.map((notice) => notice.id) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** Notices about other things carry what they say in `data`; see the places that write them. */
function composeOther(notice: NoticeFacts, context: ComposeContext): Subject | null {
  const { data, monitor } = notice;
  switch (notice.subjectType) {
    case 'monitor':
      if (monitor === null) return null;
      return {
        type: 'never_heard',
        monitor: monitorRef(monitor, context.publicUrl),
        createdAt: monitor.createdAt,
      };
    case 'channel':
      return {
        type: 'channel_broken',
        channelName: textOf(data.name),
        channelKind: textOf(data.kind),
        reason: textOf(data.reason),
      };
    case 'gap':
      return {
        type: 'gap',
        from: numberOf(data.from),
        to: numberOf(data.to),
        unknown: Array.isArray(data.unknown) ? data.unknown.map((name) => ({ name: textOf(name) })) : [],
        total: numberOf(data.total),
      };
    case 'team':
      return teamSubject(data);
    default:
      return { type: 'test', channelName: context.channel.name };
  }
}
