import type { Generated } from 'kysely';
import type { CauseCode, Resolution } from '../core/cause.ts';
import type { Instant } from '../core/instant.ts';
import type { MonitorKind, Pause, Run, RunState, Status } from '../core/monitor.ts';
import type { NotCountedReason, PingKind } from '../core/signal.ts';
import type { HoldOutcome, HoldReason } from '../core/sites.ts';
import type { DeliveryForm, DeliveryState, NoticeKind, SubjectType } from './notices.ts';

/** The columns that built statements use; see the migrations for all of them and what they mean. */
export interface Tables {
  readonly monitor: MonitorTable;
  readonly monitor_state: MonitorStateTable;
  readonly channel: ChannelTable;
  readonly run: RunTable;
  readonly signal: SignalTable;
  readonly incident: IncidentTable;
  readonly site_member: SiteMemberTable;
  readonly hold: HoldTable;
  readonly delivery: DeliveryTable;
  readonly notice: NoticeTable;
}

export interface MonitorTable {
  id: string;
  team_id: string;
  kind: MonitorKind;
  name: string;
  slug: string | null;
  description: string;
  tags: string[];
  ping_key: string;
  schedule_type: 'period' | 'cron' | 'oncalendar' | null;
  period_seconds: number | null;
  expression: string | null;
  timezone: string | null;
  interval_ms: number | null;
  grace_seconds: number;
  start_grace_seconds: number;
  max_run_seconds: number | null;
  learn: boolean;
  fail_after: number;
  armed_from: 'first_signal' | 'creation';
  all_channels: boolean;
  origin_dialect: string | null;
  origin_key: string | null;
  origin_number: number | null;
  version: number;
  created_at: Instant;
  updated_at: Instant;
  deleted_at: Instant | null;
}

export interface MonitorStateTable {
  monitor_id: string;
  status: Status;
  pause_mode: Pause['mode'] | null;
  pause_until: Instant | null;
  ref_at: Instant | null;
  expected_at: Instant | null;
  due_at: Instant | null;
  fail_streak: number;
  last_signal_at: Instant | null;
  last_success_at: Instant | null;
  signal_count: number;
  incident_id: string | null;
  good_durations_ms: number[];
  waiting_runs: number;
  fault: string | null;
}

export interface ChannelTable {
  id: string;
  team_id: string;
  kind: string;
  name: string;
  config_sealed: Buffer;
  destination: string;
  state: 'ok' | 'broken';
  broken_reason: string | null;
  broken_at: Instant | null;
  created_at: Instant;
  updated_at: Instant;
  deleted_at: Instant | null;
}

export interface RunTable {
  id: string;
  monitor_id: string;
  run_id: string | null;
  state: RunState;
  started_at: Instant | null;
  ended_at: Instant | null;
  exit_status: number | null;
  deadline_at: Instant | null;
  limit_by: Run['limitBy'];
  finished_late: boolean;
}

export interface SignalTable {
  monitor_id: string;
  n: number;
  received_at: Instant;
  at: Instant;
  kind: PingKind;
  not_counted: NotCountedReason | null;
  exit_status: number | null;
  run_id: string | null;
  method: string | null;
  remote_addr: string | null;
  user_agent: string | null;
  body_size: number;
  body: Buffer | null;
}

export interface IncidentTable {
  id: string;
  team_id: string;
  monitor_id: string;
  cause_code: CauseCode;
  cause_data: unknown;
  opened_at: Instant;
  detected_at: Instant;
  resolved_at: Instant | null;
  resolution: Resolution | null;
  missed_slots: number;
  acknowledged_at: Instant | null;
  acknowledged_by: string | null;
  acknowledged_note: string | null;
  snoozed_until: Instant | null;
  reminders: Generated<number>;
  evidence: unknown;
  notes: unknown;
}

export interface SiteMemberTable {
  monitor_id: string;
  site_id: string;
}

export interface HoldTable {
  incident_id: string;
  site_id: string | null;
  maintenance_id: string | null;
  reason: HoldReason;
  since: Instant;
  until: Instant | null;
  ended_at: Instant | null;
  outcome: HoldOutcome | null;
}

export interface DeliveryTable {
  id: string;
  team_id: string;
  channel_id: string;
  form: DeliveryForm;
  state: DeliveryState;
  reason: string | null;
  destination: string;
  attempts: Generated<number>;
  next_attempt_at: Instant | null;
  provider_id: string | null;
  resend_of: string | null;
  created_at: Instant;
  finished_at: Instant | null;
}

export interface NoticeTable {
  id: string;
  team_id: string;
  channel_id: string;
  subject_type: SubjectType;
  subject_id: string;
  kind: NoticeKind;
  delivery_id: string;
  created_at: Instant;
}
