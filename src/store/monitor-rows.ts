import type { CauseCode } from '../core/cause.ts';
import type { MonitorKind, MonitorState, OpenIncident, Pause, Run, RunState, Status } from '../core/monitor.ts';
import type { Row } from './database.ts';

/** A row of monitor_state; see the migration for each column. */
export interface StateRow extends Row {
  readonly monitor_id: string;
  readonly version: number;
  readonly status: Status;
  readonly status_since: number | null;
  readonly pause_mode: Pause['mode'] | null;
  readonly pause_until: number | null;
  readonly ref_at: number | null;
  readonly expected_at: number | null;
  readonly expected_latest_at: number | null;
  readonly due_at: number | null;
  readonly excused: boolean;
  readonly fail_streak: number;
  readonly last_signal_at: number | null;
  readonly last_success_at: number | null;
  readonly signal_count: number;
  readonly incident_id: string | null;
  readonly incident_code: CauseCode | null;
  readonly incident_opened_at: number | null;
  readonly incident_slot_from: number | null;
  readonly incident_status_before: Status | null;
  readonly incident_missed_slots: number;
  readonly incident_extended: boolean;
  readonly good_durations_ms: readonly number[];
  readonly silence_told: boolean;
  readonly waiting_runs: number;
  readonly wake_at: number | null;
}

/** The columns of `StateRow`, read from the alias `s`. */
export const STATE_COLUMNS = `s.monitor_id, s.version, s.status, s.status_since, s.pause_mode, s.pause_until, s.ref_at, s.expected_at,
  s.expected_latest_at, s.due_at, s.excused, s.fail_streak, s.last_signal_at, s.last_success_at, s.signal_count,
  s.incident_id, s.incident_code, s.incident_opened_at, s.incident_slot_from, s.incident_status_before,
  s.incident_missed_slots, s.incident_extended, s.good_durations_ms, s.silence_told,
  s.waiting_runs, s.wake_at`;

export interface RunRow extends Row {
  readonly id: string;
  readonly monitor_id: string;
  readonly run_id: string | null;
  readonly state: RunState;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly exit_status: number | null;
  readonly deadline_at: number | null;
  readonly limit_by: Run['limitBy'];
  readonly excused: boolean;
  readonly awaits_end: boolean;
  readonly finished_late: boolean;
}

export const RUN_COLUMNS = `id, monitor_id, run_id, state, started_at, ended_at, exit_status, deadline_at, limit_by,
  excused, awaits_end, finished_late`;

/** A row of monitor, as far as `step` and the ping path need it. */
export interface DefinitionRow extends Row {
  readonly id: string;
  readonly team_id: string;
  readonly kind: MonitorKind;
  readonly name: string;
  readonly ping_key: string;
  readonly schedule_type: 'period' | 'cron' | 'oncalendar' | null;
  readonly period_seconds: number | null;
  readonly expression: string | null;
  readonly timezone: string | null;
  readonly interval_ms: number | null;
  readonly grace_seconds: number;
  readonly start_grace_seconds: number;
  readonly max_run_seconds: number | null;
  readonly learn: boolean;
  readonly fail_after: number;
  readonly version: number;
  readonly created_at: number;
  readonly deleted_at: number | null;
}

export const DEFINITION_COLUMNS = `m.id, m.team_id, m.kind, m.name, m.ping_key, m.schedule_type, m.period_seconds,
  m.expression, m.timezone, m.interval_ms, m.grace_seconds, m.start_grace_seconds, m.max_run_seconds, m.learn,
  m.fail_after, m.version, m.created_at, m.deleted_at`;

function pauseOf(row: StateRow): Pause | null {
  if (row.pause_mode === null) return null;
  if (row.pause_mode !== 'until') return { mode: row.pause_mode };
  return { mode: 'until', until: row.pause_until ?? 0 };
}

function incidentOf(row: StateRow): OpenIncident | null {
  const { incident_id: id, incident_code: code, incident_opened_at: openedAt, incident_status_before: before } = row;
  if (id === null || code === null || openedAt === null || before === null) return null;
  return {
    id,
    code,
    openedAt,
    slotFrom: row.incident_slot_from,
    statusBefore: before,
    missedSlots: row.incident_missed_slots,
    extended: row.incident_extended,
  };
}

export function stateOf(row: StateRow, runs: readonly Run[]): MonitorState {
  return {
    status: row.status,
    statusSince: row.status_since,
    pause: pauseOf(row),
    refAt: row.ref_at,
    expectedAt: row.expected_at,
    expectedLatestAt: row.expected_latest_at,
    dueAt: row.due_at,
    excused: row.excused,
    failStreak: row.fail_streak,
    lastSignalAt: row.last_signal_at,
    lastSuccessAt: row.last_success_at,
    signalCount: row.signal_count,
    incident: incidentOf(row),
    goodDurationsMs: row.good_durations_ms,
    silenceTold: row.silence_told,
    runs,
    wakeAt: row.wake_at,
  };
}

export function runOf(row: RunRow): Run {
  return {
    id: row.id,
    runId: row.run_id,
    state: row.state,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    exitStatus: row.exit_status,
    deadlineAt: row.deadline_at,
    limitBy: row.limit_by,
    excused: row.excused,
    awaitsEnd: row.awaits_end,
    finishedLate: row.finished_late,
  };
}
