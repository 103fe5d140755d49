import type { PingKind } from '../../src/core/signal.ts';
import type { Chance } from '../../src/platform/chance.ts';
import { type Calendar, createCalendar } from './oracle/calendar.ts';
import type { Plan } from './plans.ts';
import type { Timeline } from './timeline.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What a job says; `happenedAt` as its own, skewed clock shows it. */
export interface Word {
  readonly kind: PingKind;
  readonly runId: string | null;
  readonly exitStatus: number | null;
  readonly happenedAt: number;
}

/**
 * How a job is doing. `dead`: it does not run. `failing`, `flapping`: it runs and fails, always or every other time.
 * `late`: it takes its time. `hanging`: it begins and does not end. `restless`: it begins twice, ends twice, and says
 * things in the wrong order.
 */
const MOODS = ['dead', 'failing', 'flapping', 'late', 'hanging', 'restless'] as const;
type Mood = 'well' | (typeof MOODS)[number];

export interface JobOptions {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly isProcess: boolean;
  /** It tells when it begins, also where it need not. */
  readonly saysStart: boolean;
  readonly namesRuns: boolean;
  /** Its own clock is off by this much: it runs early or late. */
  readonly skewMs: number;
  /** What people agreed on by now. */
  readonly graceMs: () => number;
  readonly typicalMs: number;
  /** Mean time between two troubles. */
  readonly troubleEveryMs: number;
  /** And how long one lasts, on average. */
  readonly troubleLastsMs: number;
  readonly say: (word: Word) => void;
  readonly until: number;
}

export interface Job {
  /** It runs by this schedule from now on. */
  follow(plan: Plan | null): void;
}

/** How often a job without a schedule of its own is run by hand. */
const BY_HAND_EVERY_MS = 9 * HOUR;

/** A job as they are: mostly on time, sometimes not, and never knowing of the server. */
export function createJob(options: JobOptions): Job {
  const { timeline, chance } = options;
  let mood: Mood = 'well';
  let moodUntil = timeline.now() + chance.wait(options.troubleEveryMs);
  let calendar: Calendar | null = null;
  let isPeriod = false;
  let generation = 0;
  let runs = 0;
  let lastSlot = timeline.now();

  const changeMood = () => {
    if (timeline.now() < moodUntil) return;
    const isOver = mood !== 'well';
    mood = isOver ? 'well' : chance.pick(MOODS);
    const lastsMs = isOver ? options.troubleEveryMs : options.troubleLastsMs;
    moodUntil = timeline.now() + chance.wait(lastsMs);
  };

  const say = (kind: PingKind, runId: string | null, exitStatus: number | null = null) =>
    options.say({ kind, runId, exitStatus, happenedAt: timeline.now() + options.skewMs });

  const durationMs = () => {
    // Where runs took longer than the grace, the monitor would be up and down all the time, also after an edit.
    const typicalMs = Math.min(options.typicalMs, Math.max(2_000, options.graceMs() / 2));
    const usual = typicalMs * (0.6 + 0.8 * chance.fraction());
    return Math.round(
      mood === 'late' ? usual * (2 + 6 * chance.fraction()) + options.graceMs() * chance.fraction() * 2 : usual,
    );
  };

  const finish = (runId: string | null) => {
    const fails = mood === 'failing' || (mood === 'flapping' && runs % 2 === 0);
    if (chance.is(0.03)) say('log', runId);
    if (fails) say('fail', runId, chance.is(0.7) ? chance.int(1, 255) : null);
    else say('success', runId, chance.is(0.2) ? 0 : null);
    if (mood === 'restless' && chance.is(0.5)) say(chance.pick(['success', 'fail', 'success']), runId);
  };

  const runOnce = () => {
    changeMood();
    runs += 1;
    if (mood === 'dead') return;
    const runId = options.namesRuns ? `run-${runs}-${chance.int(0, 0xffff).toString(16)}` : null;
    const starts = options.saysStart || options.isProcess;
    const swaps = mood === 'restless' && chance.is(0.3);
    if (starts && !swaps && !(mood === 'restless' && chance.is(0.2))) say('start', runId);
    if (mood === 'restless' && chance.is(0.3)) say('start', runId);
    if (mood === 'hanging' && chance.is(0.8)) {
      // Most hang for ever; some come back long after.
      if (chance.is(0.3)) timeline.at(timeline.now() + chance.wait(6 * HOUR), () => finish(runId));
      return;
    }
    const endsAt = timeline.now() + durationMs();
    timeline.at(endsAt, () => finish(runId));
    if (swaps) timeline.at(endsAt + chance.int(10, 3_000), () => say('start', runId));
  };

  /** How long after its slot a run begins; a fast clock begins early. */
  const delayMs = () => {
    const small = chance.int(0, 2_500);
    if (mood === 'late') return small + Math.round(options.graceMs() * (0.3 + 1.5 * chance.fraction()));
    return chance.is(0.02) ? small + Math.round(options.graceMs() * chance.fraction()) : small;
  };

  const planNext = (of: number) => {
    if (of !== generation) return;
    const expected = calendar?.next(lastSlot);
    lastSlot = expected?.at ?? lastSlot + chance.wait(BY_HAND_EVERY_MS);
    // In an hour that comes twice some schedulers take the second one.
    const isSecond = expected !== undefined && expected !== null && expected.latest > expected.at && chance.is(0.5);
    const slot = isSecond ? expected.latest : lastSlot;
    const at = slot - options.skewMs + delayMs();
    if (slot > options.until) return;
    timeline.at(Math.max(at, timeline.now() + 1), () => {
      if (of !== generation) return;
      // A cadence of its own counts from the run before.
      if (isPeriod) lastSlot = timeline.now();
      runOnce();
      planNext(of);
    });
  };

  return {
    follow(plan) {
      generation += 1;
      calendar = plan === null ? null : createCalendar(plan);
      isPeriod = plan?.type === 'period';
      lastSlot = timeline.now();
      planNext(generation);
    },
  };
}
