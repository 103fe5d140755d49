import assert from 'node:assert/strict';
import type { Gap } from '../../src/core/cause.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS, SECOND_MS } from '../../src/core/instant.ts';
import { initialState, type Monitor, type MonitorState, type Pause, type Run } from '../../src/core/monitor.ts';
import type { ParsedSchedule } from '../../src/core/schedule/types.ts';
import type { Effect, PingKind, Signal, StepResult } from '../../src/core/signal.ts';
import { JUDGE_AFTER_MS, step } from '../../src/core/step.ts';

/** The midnight at which day 0 of the tests begins. */
export const DAY_0 = Date.UTC(2026, 0, 5);

/** The instant of a time of day such as `01:05`, `01:05:30` or `01:05:30.250` on day `day`, UTC. */
export function at(time: string, day = 0): Instant {
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  return DAY_0 + day * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS + Math.round(seconds * SECOND_MS);
}

/** Every so many seconds after the last sign of life. */
export function period(seconds: number): ParsedSchedule {
  return {
    source: { type: 'period', seconds },
    slotAfter: (ref) => ({ at: ref + seconds * SECOND_MS, latestAt: ref + seconds * SECOND_MS }),
  };
}

/** Slots at fixed instants: every `everyMs`, `offsetMs` after the epoch; a stand-in for a cron expression in UTC. */
export function fixed(everyMs: number, offsetMs = 0): ParsedSchedule {
  return {
    source: { type: 'cron', expression: `every ${everyMs} ms`, timezone: 'UTC' },
    slotAfter(ref) {
      const slot = (Math.floor((ref - offsetMs) / everyMs) + 1) * everyMs + offsetMs;
      return { at: slot, latestAt: slot };
    },
  };
}

export const hourly = fixed(HOUR_MS);
export const dailyAtOne = fixed(DAY_MS, HOUR_MS);

/** A heartbeat that is expected every hour on the hour, with five minutes of grace, unless told otherwise. */
export function heartbeat(given: Partial<Monitor> = {}): Monitor {
  return {
    id: 'monitor',
    kind: 'heartbeat',
    schedule: hourly,
    intervalMs: HOUR_MS,
    graceSeconds: 300,
    startGraceSeconds: 300,
    maxRunSeconds: null,
    learn: false,
    failAfter: 1,
    createdAt: at('00:00'),
    ...given,
  };
}

/** A process that starts every hour on the hour and may take half an hour, unless told otherwise. */
export function process(given: Partial<Monitor> = {}): Monitor {
  return heartbeat({ kind: 'process', maxRunSeconds: 1800, ...given });
}

export function everySeconds(seconds: number): Pick<Monitor, 'schedule' | 'intervalMs'> {
  return { schedule: period(seconds), intervalMs: seconds * SECOND_MS };
}

/** Freezes a value with everything in it, so that whoever changes it is found out. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

export interface PingOptions {
  readonly rid?: string;
  readonly exit?: number;
  /** When it arrived, for a report that carries its own time. */
  readonly reportedAt?: Instant;
}

/**
 * One monitor under watch: sends it signals, keeps what the store would keep, and proves at every step that `step` is
 * pure: its arguments are frozen, and it is asked twice and must answer the same.
 */
export class Watch {
  monitor: Monitor;
  state: MonitorState = initialState();
  gaps: readonly Gap[] = [];
  /** Everything that followed so far, and what followed from the last signal. */
  readonly effects: Effect[] = [];
  last: StepResult = { state: this.state, effects: [], notCounted: null, refused: null };
  /** Every run by its id, in the order of their making. */
  readonly runs = new Map<string, Run>();
  #ids = 0;

  constructor(monitor: Monitor, createdArmed = false) {
    this.monitor = deepFreeze(monitor);
    this.send({ kind: 'created', armed: createdArmed }, monitor.createdAt);
  }

  send(signal: Signal, now: Instant): StepResult {
    const runId = 'runId' in signal ? signal.runId : null;
    const namedRun = runId === null ? undefined : this.allRuns().find((run) => run.runId === runId);
    const ask = () => {
      let ids = this.#ids;
      const context = { now, gaps: this.gaps, namedRun, newId: () => `id-${++ids}` };
      return { result: step(this.monitor, this.state, signal, context), ids };
    };
    deepFreeze([this.state, this.gaps, namedRun, signal]);
    const { result, ids } = ask();
    assert.deepEqual(ask().result, result, 'the same arguments give the same answer');
    this.#ids = ids;
    this.#keep(deepFreeze(result));
    return result;
  }

  #keep(result: StepResult): void {
    this.state = result.state;
    this.last = result;
    this.effects.push(...result.effects);
    for (const effect of result.effects) {
      if (effect.type !== 'save_run') continue;
      assert.equal(effect.isNew, !this.runs.has(effect.run.id), 'a run is new exactly once');
      this.runs.set(effect.run.id, effect.run);
    }
  }

  #ping(kind: PingKind, at: Instant, { rid, exit, reportedAt }: PingOptions): StepResult {
    const late = reportedAt !== undefined;
    const signal = { kind, at, runId: rid ?? null, exitStatus: exit ?? null, late };
    return this.send(signal, reportedAt ?? at);
  }

  success = (at: Instant, options: PingOptions = {}) => this.#ping('success', at, options);
  fail = (at: Instant, options: PingOptions = {}) => this.#ping('fail', at, options);
  start = (at: Instant, options: PingOptions = {}) => this.#ping('start', at, options);
  log = (at: Instant, options: PingOptions = {}) => this.#ping('log', at, options);

  /** The wake loop at `now`: it judges what fell due a quarter of a second before. */
  wake(now: Instant): StepResult {
    return this.send({ kind: 'wake', upTo: now - JUDGE_AFTER_MS }, now);
  }

  pause(now: Instant, pause: Pause = { mode: 'by_hand' }): StepResult {
    return this.send({ kind: 'pause', pause }, now);
  }

  resume(now: Instant): StepResult {
    return this.send({ kind: 'resume' }, now);
  }

  /** Changes settings as a person does. */
  edit(now: Instant, change: Partial<Monitor>): StepResult {
    this.monitor = deepFreeze({ ...this.monitor, ...change });
    const keys = Object.keys(change);
    const maxRunChanged = keys.includes('maxRunSeconds');
    const timingChanged = keys.some((key) => ['schedule', 'graceSeconds', 'startGraceSeconds'].includes(key));
    return this.send({ kind: 'edited', timingChanged, maxRunChanged }, now);
  }

  /** Everything of one type that followed so far. */
  all<T extends Effect['type']>(type: T): Extract<Effect, { type: T }>[] {
    return this.effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
  }

  /** The incidents so far: code, beginning, and how and when each ended. */
  incidents(): string[] {
    return this.all('open_incident').map(({ id, cause, openedAt }) => {
      const close = this.all('close_incident').find((effect) => effect.id === id);
      const end = close === undefined ? 'open' : `${close.resolution} ${clockOf(close.resolvedAt)}`;
      return `${cause.code} ${clockOf(openedAt)}, ${end}`;
    });
  }

  /** The types of what followed from the last signal, without the saving of runs. */
  followed(): string[] {
    return this.last.effects.filter((effect) => effect.type !== 'save_run').map((effect) => effect.type);
  }

  allRuns(): readonly Run[] {
    return [...this.runs.values()];
  }

  /** The runs' states, in the order of their making. */
  runStates(): string[] {
    return this.allRuns().map((run) => run.state);
  }
}

/** A time of day for messages: `01:05` on day 0, `1d 01:05:30` later. */
export function clockOf(instant: Instant | null): string {
  if (instant === null) return 'never';
  const day = Math.floor((instant - DAY_0) / DAY_MS);
  const time = new Date(instant).toISOString().slice(11, 23);
  const short = time.replace(/(:00)?\.000$/, '');
  return day === 0 ? short : `${day}d ${short}`;
}

/** Asserts the slot that is expected next. */
export function expects(watch: Watch, expectedAt: Instant | null, dueAt?: Instant | null): void {
  assert.equal(clockOf(watch.state.expectedAt), clockOf(expectedAt), 'E');
  if (dueAt !== undefined) assert.equal(clockOf(watch.state.dueAt), clockOf(dueAt), 'D');
}

/** Asserts the status and the instant of the next wake up. */
export function is(watch: Watch, status: MonitorState['status'], wakeAt?: Instant | null): void {
  assert.equal(watch.state.status, status);
  if (wakeAt !== undefined) assert.equal(clockOf(watch.state.wakeAt), clockOf(wakeAt), 'wake time');
}
