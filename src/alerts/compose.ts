import type { Instant } from '../core/instant.ts';
import type { ChannelForSending, ClaimedDelivery, NoticeFacts } from '../store/deliveries.ts';
import { QUIET_REASON } from '../store/quiet-hours.ts';
import type { SiteStory } from '../store/site-stories.ts';
import type { Delay, DigestEntry, IncidentFacts, MonitorRef, SiteFacts, Subject } from './subjects.ts';
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
  /** By the incidents of gateways. */
  readonly sites: ReadonlyMap<string, SiteStory>;
}

/** Endings that nobody wants to hear of who has not heard of the beginning. */
const QUIET = new Set(['withdrawn', 'paused', 'deleted']);
/** An alarm that goes out this long after it was due says so. */
const DELAY_TOLD_FROM_MS = 60_000;

function monitorRef(monitor: NonNullable<NoticeFacts['monitor']>, publicUrl: string): MonitorRef {
  return { ...monitor, url: `${publicUrl}/monitors/${monitor.id}` };
}

type Facts = Pick<NoticeFacts, 'incident' | 'monitor'>;

function incidentFacts({ incident, monitor }: Facts, context: ComposeContext): IncidentFacts | null {
  if (incident === null || monitor === null) return null;
  const { lastGoodRun, outputTail } = incident.evidence;
  const story = context.sites.get(incident.id);
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
    url: `${context.publicUrl}/incidents/${incident.id}`,
    ...(story === undefined ? {} : { site: siteFacts(story, context) }),
  };
}

function siteFacts({ held, ...story }: SiteStory, context: ComposeContext): SiteFacts {
  const entries = held.flatMap((facts): DigestEntry[] => {
    const incident = incidentFacts(facts, context);
    if (incident === null) return [];
    const kind = incident.resolvedAt === null ? 'opened' : 'resolved';
    return [{ kind, monitor: monitorRef(facts.monitor, context.publicUrl), incident }];
  });
  return { ...story, held: entries };
}

/** Told already or not worth telling: left out of a digest, and the end of a single notice. */
function isMoot(notice: NoticeFacts): Extract<Composition, { nothing: string }>['nothing'] | null {
  if (notice.kind === 'opened' && QUIET.has(notice.incident?.resolution ?? '')) return 'incident_closed';
  if (notice.kind === 'reminder' && notice.incident?.resolvedAt !== null) return 'incident_closed';
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
  const incident = incidentFacts(first, context);
  if (incident === null || first.monitor === null) return { nothing: 'subject_gone' };
  const monitor = monitorRef(first.monitor, context.publicUrl);
  if (first.kind === 'resolved') {
    const subject = { type: 'incident_resolved', monitor, incident } as const;
    return { subject, openingProviderId: first.afterProviderId, leftOut: [] };
  }
  if (first.kind === 'reminder') {
    const subject = { type: 'incident_reminder', monitor, incident } as const;
    return { subject, openingProviderId: first.afterProviderId, leftOut: [] };
  }
  const isOver = notices.some((notice) => notice.kind === 'resolved');
  const opened = { ...monitor, status: isOver ? monitor.status : ('down' as const) };
  const delay = delayOf(first, incident, context);
  return {
    subject: {
      type: isOver ? 'incident_merged' : 'incident_opened',
      monitor: opened,
      incident,
      ...(delay === null ? {} : { delay }),
    },
    openingProviderId: null,
    leftOut: [],
  };
}

/** How late the alarm is, and whose fault that is; null where it comes when it should. */
function delayOf({ held }: NoticeFacts, { detectedAt }: IncidentFacts, context: ComposeContext): Delay | null {
  if (held?.wasDark) return { ms: context.now - detectedAt, reason: { type: 'site_dark' } };
  // Waiting for a word of the gateway is as it should be: what counts is from then on.
  const ms = context.now - (held === null ? detectedAt : (held.until ?? context.now));
  return ms < DELAY_TOLD_FROM_MS ? null : { ms, reason: { type: 'unavailable', channelKind: context.channel.kind } };
}

/** Monitors that were never heard from; one alone is told as ever. */
function composeNeverHeard(notices: readonly NoticeFacts[], context: ComposeContext): Composition {
  const entries = notices.flatMap(({ monitor }) =>
    monitor === null ? [] : [{ monitor: monitorRef(monitor, context.publicUrl), createdAt: monitor.createdAt }],
  );
  const [first] = entries;
  const total = context.total - (notices.length - entries.length);
  if (first === undefined) return { nothing: 'subject_gone' };
  const subject =
    total === 1
      ? ({ type: 'never_heard', ...first } as const)
      : ({ type: 'never_heard_digest', entries, total } as const);
  return { subject, openingProviderId: null, leftOut: [] };
}

function composeDigest(notices: readonly NoticeFacts[], context: ComposeContext): Composition {
  // A digest holds notices of one kind.
  if (notices.every(({ kind, subjectType }) => kind === 'warning' && subjectType === 'monitor')) {
    return composeNeverHeard(notices, context);
  }
  const entries = notices.flatMap((notice): DigestEntry[] => {
    const incident = incidentFacts(notice, context);
    if (incident === null || notice.monitor === null || isMoot(notice) !== null) return [];
    const kind = notice.kind === 'resolved' || notice.kind === 'reminder' ? notice.kind : 'opened';
    return [{ kind, monitor: monitorRef(notice.monitor, context.publicUrl), incident }];
  });
  if (entries.length === 0) return { nothing: 'incident_closed' };
  const total = context.total - (notices.length - entries.length);
  const isAfterQuiet = context.delivery.reason === QUIET_REASON;
  const subject = { type: 'digest', entries, total, isAfterQuiet } as const;
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
