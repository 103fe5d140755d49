import type { Cause, Resolution } from '../core/cause.ts';
import type { Instant } from '../core/instant.ts';
import type { Language } from '../core/language/language.ts';
import type { Missed } from '../core/summary/missed.ts';
import type { Summary } from '../core/summary/summary.ts';

/** What a message says of a monitor. */
export interface MonitorRef {
  readonly id: string;
  readonly name: string;
  readonly kind: 'heartbeat' | 'process';
  readonly status: 'new' | 'up' | 'down' | 'paused';
  readonly tags: readonly string[];
  /** The monitor's page. */
  readonly url: string;
}

export interface LastGoodRun {
  /** Null when only its end was heard. */
  readonly startedAt: Instant | null;
  readonly endedAt: Instant;
  readonly durationMs: number | null;
}

/** What a message says of an incident; the evidence is the incident's own, not the monitor's present state. */
export interface IncidentFacts {
  readonly id: string;
  readonly cause: Cause;
  readonly openedAt: Instant;
  readonly detectedAt: Instant;
  /** Both null while it is open. */
  readonly resolvedAt: Instant | null;
  readonly resolution: Resolution | null;
  readonly missedSlots: number;
  readonly lastGoodRun: LastGoodRun | null;
  /** The end of the job's output, already decoded. */
  readonly outputTail: string | null;
  /** The incident's page, which may be the monitor's. */
  readonly url: string;
  /** Of a gateway: what it means for the monitors behind it. */
  readonly site?: SiteFacts;
}

/** What the notice of a gateway says about its site. */
export interface SiteFacts {
  readonly id: string;
  readonly name: string;
  /** Monitors behind it. */
  readonly monitors: number;
  /** Those whose alarms this darkness held, still down first; there may be more than are at hand. */
  readonly held: readonly DigestEntry[];
  readonly stillDown: number;
  readonly recovered: number;
}

/** Told later than it should have been. `channelKind` is whose fault it was (`telegram`, `email`, …). */
export interface Delay {
  readonly ms: number;
  readonly reason:
    | { readonly type: 'unavailable' | 'rate_limited'; readonly channelKind: string }
    | { readonly type: 'site_dark' }
    | null;
}

export interface DigestEntry {
  /** `reminder`: told before, and still down. */
  readonly kind: 'opened' | 'resolved' | 'reminder';
  readonly monitor: MonitorRef;
  readonly incident: IncidentFacts;
}

interface AboutIncident {
  readonly monitor: MonitorRef;
  readonly incident: IncidentFacts;
  readonly delay?: Delay;
}

/** What a delivery is about. */
export type Subject =
  | ({ readonly type: 'incident_opened' } & AboutIncident)
  | ({ readonly type: 'incident_resolved' } & AboutIncident)
  /** Told before, still down, and nobody took it on. */
  | ({ readonly type: 'incident_reminder' } & AboutIncident)
  /** Over before its opening went out: people get one message, machines both events in order. */
  | ({ readonly type: 'incident_merged' } & AboutIncident)
  /** `entries` in the order of their happening; `total` may be more than are at hand. */
  | {
      readonly type: 'digest';
      readonly entries: readonly DigestEntry[];
      readonly total: number;
      /** Gathered during the quiet hours of the channel. */
      readonly isAfterQuiet?: boolean;
    }
  | { readonly type: 'never_heard'; readonly monitor: MonitorRef; readonly createdAt: Instant }
  /** Several of them within a minute; `total` may be more than are at hand. */
  | {
      readonly type: 'never_heard_digest';
      readonly entries: readonly { readonly monitor: MonitorRef; readonly createdAt: Instant }[];
      readonly total: number;
    }
  /** We were blind. `unknown`: monitors with slots in that time; `total` may be more than are at hand. */
  | {
      readonly type: 'gap';
      readonly from: Instant;
      readonly to: Instant;
      readonly unknown: readonly { readonly name: string }[];
      readonly total: number;
    }
  /** Told through another channel. `reason` is the receiver's own answer, cleaned of secrets, in its language. */
  | {
      readonly type: 'channel_broken';
      readonly channelName: string;
      readonly channelKind: string;
      readonly reason: string;
    }
  | { readonly type: 'summary'; readonly summary: Summary }
  /** What is missed at this moment; `missed.total` may be more than are at hand. */
  | { readonly type: 'missed_now'; readonly missed: Missed }
  | { readonly type: 'test'; readonly channelName: string };

export interface RenderContext {
  readonly language: Language;
  /** The team's zone. */
  readonly timezone: string;
  readonly now: Instant;
  /** Where the dashboard is, without a trailing slash. */
  readonly publicUrl: string;
}
