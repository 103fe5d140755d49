import type { CauseCode } from './cause.ts';
import type { Instant } from './instant.ts';
import type { ParsedSchedule } from './schedule/types.ts';

export const MONITOR_KINDS = ['heartbeat', 'process'] as const;
export type MonitorKind = (typeof MONITOR_KINDS)[number];

/** `late` and `running` are derived (see `isLate`, `isRunning`), never a status. */
export const STATUSES = ['new', 'up', 'down', 'paused'] as const;
export type Status = (typeof STATUSES)[number];

/** What a person chose. Changing any of it is an `edited` signal. */
export interface Monitor {
  readonly id: string;
  readonly kind: MonitorKind;
  /** Null only for a process that runs by hand: it is never missed, only watched while it runs. */
  readonly schedule: ParsedSchedule | null;
  /** The distance between two slots, for the tolerance towards early arrivals. Null without a schedule. */
  readonly intervalMs: number | null;
  /** Heartbeat: how long after its slot a success may come. */
  readonly graceSeconds: number;
  /** Process: how long after its slot a START may come. */
  readonly startGraceSeconds: number;
  /** Process: how long a run may take; null: no limit. */
  readonly maxRunSeconds: number | null;
  /** Process: judge a run by what is usual as well. */
  readonly learn: boolean;
  /** How many fails in a row open an incident. */
  readonly failAfter: number;
  readonly createdAt: Instant;
}

export type Pause =
  | { readonly mode: 'by_hand' }
  | { readonly mode: 'until'; readonly until: Instant }
  | { readonly mode: 'until_success' };

export const RUN_STATES = ['open', 'succeeded', 'failed', 'timed_out', 'abandoned', 'unknown'] as const;
export type RunState = (typeof RUN_STATES)[number];

export interface Run {
  readonly id: string;
  /** The job's own name for this run (`rid`), or null. */
  readonly runId: string | null;
  readonly state: RunState;
  /** Null when only its end was heard. */
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly exitStatus: number | null;
  /** When it is judged as overrunning, or was, if it timed out; null: never (heartbeats, pauses, no limit). */
  readonly deadlineAt: Instant | null;
  readonly limitBy: 'max_run' | 'learned' | null;
  /** Its deadline fell into a time when we were blind: it got more time and will end without an incident. */
  readonly excused: boolean;
  /**
   * The state keeps it, because an end may still come for it: open; or timed out, without a name, and not yet followed
   * by another run. (One with a name is found by its name, however old it is.)
   */
  readonly awaitsEnd: boolean;
  /** It ended well after its limit had passed. */
  readonly finishedLate: boolean;
}

export interface OpenIncident {
  readonly id: string;
  readonly code: CauseCode;
  readonly openedAt: Instant;
  /**
   * A sign of life between here and `openedAt` proves that the slot was not missed: the beginning of the slot's window,
   * or for a period what it counted from. Null for other causes.
   */
  readonly slotFrom: Instant | null;
  /** What the monitor was before, and will be again when the incident is withdrawn. */
  readonly statusBefore: Status;
  /** Slots whose deadlines passed while it was down, as far as they were counted: at each sign of life. */
  readonly missedSlots: number;
  /** More happened while it was down: disproving the first cause no longer explains all of it. */
  readonly extended: boolean;
}

/** What is known about a monitor: the only thing that `step` changes. */
export interface MonitorState {
  readonly status: Status;
  /** Since when; null: since it was created. The history of statuses never steps back. */
  readonly statusSince: Instant | null;
  /** Set exactly while paused. */
  readonly pause: Pause | null;
  /** What the next slot counts from; null: not armed, nothing is expected yet. */
  readonly refAt: Instant | null;
  /** E, the next expected instant, and its second occurrence in a repeated hour. Null: nothing is expected. */
  readonly expectedAt: Instant | null;
  readonly expectedLatestAt: Instant | null;
  /** D. Usually expectedLatestAt + grace; later when the slot is judged after a gap. */
  readonly dueAt: Instant | null;
  /** The slot before this one was excused because we were blind; this one will be judged. */
  readonly excused: boolean;
  /** Consecutive counted fails. */
  readonly failStreak: number;
  readonly lastSignalAt: Instant | null;
  readonly lastSuccessAt: Instant | null;
  /** Every acknowledged signal of every kind, counted or not. Also the number `n` of the newest one. */
  readonly signalCount: number;
  readonly incident: OpenIncident | null;
  /** Durations of the last good runs, oldest first, at most LEARN_FROM_RUNS. Kept for processes that learn. */
  readonly goodDurationsMs: readonly number[];
  /** It was said once that this monitor was created and never heard from. */
  readonly silenceTold: boolean;
  /** Runs that an end can still reach, oldest first. */
  readonly runs: readonly Run[];
  /** The next instant at which this monitor needs attention, or null. */
  readonly wakeAt: Instant | null;
}

/** At most this many runs are open per monitor; one more makes the oldest abandoned. */
export const MAX_OPEN_RUNS = 100;

/** The state of a monitor that was just made and has heard nothing. */
export function initialState(): MonitorState {
  return {
    status: 'new',
    statusSince: null,
    pause: null,
    refAt: null,
    expectedAt: null,
    expectedLatestAt: null,
    dueAt: null,
    excused: false,
    failStreak: 0,
    lastSignalAt: null,
    lastSuccessAt: null,
    signalCount: 0,
    incident: null,
    goodDurationsMs: [],
    silenceTold: false,
    runs: [],
    wakeAt: null,
  };
}

/** Due, and still within grace. */
export function isLate(state: Pick<MonitorState, 'status' | 'expectedAt'>, now: Instant): boolean {
  return (state.status === 'up' || state.status === 'new') && state.expectedAt !== null && state.expectedAt <= now;
}

export function openRuns(state: Pick<MonitorState, 'runs'>): readonly Run[] {
  return state.runs.filter((run) => run.state === 'open');
}
