/** What the API answers (docs at /docs). Instants are RFC 3339. */
export type Status = 'new' | 'up' | 'down' | 'paused';
/** As it is shown: `late` is up or new, due, and still within grace. */
export type ShownStatus = Status | 'late';
export type MonitorKind = 'heartbeat' | 'process';

export type Schedule =
  | { readonly type: 'period'; readonly seconds: number; readonly description: string }
  | {
      readonly type: 'cron' | 'oncalendar';
      readonly expression: string;
      readonly timezone: string;
      readonly description: string;
    };

export type ScheduleInput =
  | { readonly type: 'period'; readonly seconds: number }
  | { readonly type: 'cron' | 'oncalendar'; readonly expression: string; readonly timezone?: string };

export type CauseCode = 'missed' | 'not_started' | 'failed' | 'overran';

export interface Cause {
  readonly code: CauseCode;
  readonly data: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface Monitor {
  readonly id: string;
  readonly kind: MonitorKind;
  readonly name: string;
  readonly slug: string | null;
  readonly tags: readonly string[];
  readonly description: string;
  readonly schedule: Schedule | null;
  readonly grace_seconds?: number;
  readonly start_grace_seconds?: number;
  readonly max_run_seconds?: number | null;
  readonly learn?: boolean;
  readonly fail_after: number;
  readonly armed_from: 'first_signal' | 'creation';
  readonly channels: 'all' | readonly string[];
  /** The site that it stands behind. */
  readonly site_id: string | null;
  readonly status: Status;
  readonly late: boolean;
  readonly running: boolean;
  readonly paused: { readonly mode: 'by_hand' | 'until' | 'until_success'; readonly until: string | null } | null;
  readonly ping_url?: string;
  readonly start_url?: string;
  readonly end_url?: string;
  readonly fail_url?: string;
  readonly weak_key?: boolean;
  readonly next_expected_at: string | null;
  readonly due_at: string | null;
  readonly last_signal_at: string | null;
  readonly last_success_at: string | null;
  readonly signal_count: number;
  readonly fail_streak: number;
  readonly incident: { readonly id: string; readonly cause: Cause; readonly opened_at: string } | null;
  readonly learned_limit: { readonly usual_seconds: number; readonly limit_seconds: number } | null;
  readonly fault: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** A schedule without its sentence. */
export type BareSchedule = Schedule extends infer S ? (S extends Schedule ? Omit<S, 'description'> : never) : never;

/** A monitor as a list of many has it. */
export interface MonitorRow
  extends Pick<
    Monitor,
    | 'id'
    | 'kind'
    | 'name'
    | 'slug'
    | 'tags'
    | 'description'
    | 'channels'
    | 'site_id'
    | 'status'
    | 'late'
    | 'running'
    | 'paused'
    | 'next_expected_at'
    | 'last_signal_at'
    | 'incident'
  > {
  readonly schedule: BareSchedule | null;
}

export interface MonitorPage {
  readonly monitors: readonly MonitorRow[];
  readonly next_cursor: string | null;
}

export type BeatOutcome = 'success' | 'fail' | 'missed' | 'unknown' | 'late' | 'running' | 'paused';

export interface Beat {
  readonly at: string;
  readonly outcome: BeatOutcome;
  readonly duration_seconds: number | null;
  readonly exit_status: number | null;
  readonly first_line: string | null;
}

export type PartOutcome = 'success' | 'fail' | 'missed' | 'down' | 'unknown' | 'running' | 'paused';

/** A part of a monitor's history. */
export interface HistoryPart {
  readonly from: string;
  /** The worst of it; null: nothing was heard and nothing was due. */
  readonly outcome: PartOutcome | null;
  readonly good: number;
  readonly failed: number;
  readonly missed: number;
  readonly unknown: number;
  readonly median_seconds: number | null;
  readonly down_seconds: number;
}

export interface MonitorHistory {
  readonly from: string;
  readonly to: string;
  readonly usual_seconds: number | null;
  readonly parts: readonly HistoryPart[];
}

export interface Overview {
  readonly counts: Readonly<Record<'up' | 'down' | 'late' | 'new' | 'paused', number>>;
  readonly last_signal_at: string | null;
  readonly down: readonly {
    readonly id: string;
    readonly name: string;
    readonly since: string;
    readonly cause: Cause;
  }[];
  readonly blind: { readonly from: string; readonly to: string | null } | null;
}

export type SignalKind = 'success' | 'start' | 'fail' | 'log';

export interface Signal {
  readonly n: number;
  readonly at: string;
  readonly kind: SignalKind;
  readonly counted: boolean;
  readonly reason: 'paused' | 'repeated' | 'overtaken' | 'outdated' | null;
  readonly exit_status: number | null;
  readonly run_id: string | null;
  readonly method: string | null;
  readonly remote_addr: string | null;
  readonly user_agent: string | null;
  readonly body_size: number;
}

export type RunState = 'open' | 'succeeded' | 'failed' | 'timed_out' | 'abandoned' | 'unknown';

export interface Run {
  readonly id: string;
  readonly run_id: string | null;
  readonly state: RunState;
  readonly outcome: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly duration_seconds: number | null;
  readonly exit_status: number | null;
  readonly deadline_at: string | null;
  readonly limit: 'max_run' | 'learned' | null;
  readonly finished_late: boolean;
}

export interface UptimeWindow {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly up_seconds: number;
  readonly down_seconds: number;
  readonly ratio: number | null;
}

export interface Incident {
  readonly id: string;
  readonly monitor: {
    readonly id: string;
    readonly name: string;
    readonly kind: MonitorKind;
    readonly status: Status;
  };
  readonly cause: Cause;
  readonly state: 'open' | 'resolved';
  readonly opened_at: string;
  readonly detected_at: string;
  readonly resolved_at: string | null;
  readonly resolution: 'recovered' | 'withdrawn' | 'paused' | 'deleted' | null;
  readonly resolution_text: string | null;
  readonly duration_seconds: number;
  readonly missed_slots: number;
}

export interface IncidentDetail extends Incident {
  readonly evidence: {
    readonly last_good_run: {
      readonly started_at: string | null;
      readonly ended_at: string;
      readonly duration_seconds: number | null;
    } | null;
    readonly signals: readonly Pick<Signal, 'n' | 'at' | 'kind' | 'counted' | 'reason' | 'exit_status' | 'run_id'>[];
    readonly output_tail: string | null;
  };
  readonly notes: readonly { readonly at: string; readonly cause: Cause }[];
  readonly notices: readonly Notice[];
}

export type DeliveryState = 'queued' | 'sending' | 'retry' | 'sent' | 'failed' | 'cancelled';

export interface Notice {
  readonly id: string;
  readonly kind: string;
  readonly channel: { readonly id: string; readonly name: string };
  readonly delivery_id: string;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly created_at: string;
  readonly finished_at: string | null;
}

export interface SchedulePreview {
  readonly description: string;
  readonly next: readonly string[];
  readonly runs: readonly { readonly at: string; readonly clock_change: boolean }[];
}

export interface Channel {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly state: 'ok' | 'broken';
  /** It serves only monitors that chose it. */
  readonly only_chosen: boolean;
}

export interface Team {
  readonly id: string;
  readonly name: string;
  readonly language: 'en' | 'ru';
  readonly timezone: string;
}

export type Role = 'readonly' | 'member' | 'admin' | 'owner';

export interface Membership {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

export interface Me {
  readonly user: {
    readonly id: string;
    readonly name: string;
    readonly email: string;
    readonly email_verified: boolean;
    readonly two_factor: boolean;
  };
  readonly session: { readonly id: string; readonly expires_at: string };
  readonly team: Membership | null;
  readonly teams: readonly Membership[];
}
