import type { Chance } from '../../src/platform/chance.ts';
import {
  deleteMonitor,
  editMonitor,
  type ManageDeps,
  pauseMonitor,
  type Refused,
  restoreMonitor,
  resumeMonitor,
  rotateKey,
} from '../../src/watch/manage.ts';
import type { Job } from './jobs.ts';
import { chosenGraceMs, earlyOf, planFor, type SimMonitor, wishOf } from './monitors.ts';
import type { PauseMode, Terms } from './oracle/story.ts';
import type { Home } from './plans.ts';
import type { Timeline } from './timeline.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What people do stands by itself: no pings are on their way just then. */
const ALONE_MS = 1;

export interface PeopleOptions {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly manage: ManageDeps;
  readonly owner: { readonly teamId: string; readonly timezone: string };
  readonly monitors: readonly SimMonitor[];
  readonly jobs: readonly Job[];
  readonly home: Home;
  /** Mean time between two things that are done to one monitor. */
  readonly everyMs: number;
  readonly until: number;
  /** Whether the product can be used just now. */
  readonly isReachable: () => boolean;
  /** What the API does before it changes anything: every ping that is acknowledged counts before. */
  readonly settle: () => Promise<void>;
}

function expectDone<T>(result: T | Refused, what: string): void {
  if (typeof result === 'object' && result !== null && 'refused' in result) {
    throw new Error(`${what} was refused: ${JSON.stringify(result)}`);
  }
}

/** People change, pause and delete monitors, and think better of it. */
export function startPeople(options: PeopleOptions): void {
  const { timeline, chance, manage, owner } = options;
  const { teamId } = owner;

  /** Does it when the product can be used, and writes it down. */
  const later = (delayMs: number, work: () => Promise<void>) => {
    timeline.at(
      timeline.now() + delayMs,
      () => {
        if (timeline.now() > options.until) return;
        if (options.isReachable()) void options.settle().then(work);
        else later(10 * MINUTE, work);
      },
      ALONE_MS,
    );
  };
  const stamp = () => ({ at: timeline.now(), now: manage.clock.now() });

  const edit = async (monitor: SimMonitor) => {
    const before = monitor.terms;
    const now = manage.clock.now();
    const terms = changedTerms(monitor, now, chance, options.home);
    const at = stamp();
    expectDone(await editMonitor(manage, owner, monitor.id, wishOf(terms)), 'an edit');
    monitor.terms = terms;
    monitor.people.push({
      type: 'edited',
      ...at,
      terms,
      timingChanged: before.plan !== terms.plan || before.graceMs !== terms.graceMs,
      limitChanged: before.maxRunMs !== terms.maxRunMs || before.learns !== terms.learns,
    });
    if (before.plan === terms.plan) return;
    // Some forget for a while to change the job itself.
    const follow = () => options.jobs[monitor.index]?.follow(monitor.terms.plan);
    if (chance.is(0.85)) follow();
    else timeline.at(timeline.now() + chance.wait(2 * HOUR), follow);
  };

  const pause = async (monitor: SimMonitor) => {
    const mode = chance.pick(['by_hand', 'until', 'success'] as const);
    const at = stamp();
    const until = at.now + chance.int(5 * MINUTE, 10 * HOUR);
    const mine: PauseMode = mode === 'until' ? { mode, until } : { mode };
    const asked =
      mode === 'until' ? ({ mode, until } as const) : { mode: mode === 'success' ? ('until_success' as const) : mode };
    expectDone(await pauseMonitor(manage, teamId, monitor.id, asked), 'a pause');
    monitor.people.push({ type: 'paused', ...at, pause: mine });
    if (mode === 'by_hand' || chance.is(0.2)) later(chance.wait(3 * HOUR), () => resume(monitor));
  };

  const resume = async (monitor: SimMonitor) => {
    if (monitor.isDeleted) return;
    const at = stamp();
    const result = await resumeMonitor(manage, teamId, monitor.id);
    // It may be over by now.
    if ('refused' in result) return;
    monitor.people.push({ type: 'resumed', ...at });
  };

  const remove = async (monitor: SimMonitor) => {
    const at = stamp();
    expectDone(await deleteMonitor(manage, teamId, monitor.id), 'a deletion');
    monitor.isDeleted = true;
    monitor.people.push({ type: 'deleted', ...at });
    later(chance.wait(5 * HOUR), async () => {
      const back = stamp();
      expectDone(await restoreMonitor(manage, teamId, monitor.id), 'a restoration');
      monitor.isDeleted = false;
      monitor.people.push({ type: 'restored', ...back });
    });
  };

  const rotate = async (monitor: SimMonitor) => {
    const made = await rotateKey(manage, teamId, monitor.id);
    if ('refused' in made) throw new Error('a new key was refused');
    const { pingKey } = made.monitor;
    // The job learns of it after a while.
    timeline.at(timeline.now() + chance.wait(HOUR), () => {
      monitor.key = pingKey;
    });
  };

  const doSomething = async (monitor: SimMonitor) => {
    if (monitor.isDeleted) return;
    const deed = chance.fraction();
    if (deed < 0.4) return edit(monitor);
    if (deed < 0.8) return pause(monitor);
    if (deed < 0.92) return remove(monitor);
    return rotate(monitor);
  };

  for (const monitor of options.monitors) {
    const next = () =>
      later(chance.wait(options.everyMs), async () => {
        await doSomething(monitor);
        next();
      });
    next();
  }
}

function changedTerms(monitor: SimMonitor, now: number, chance: Chance, home: Home): Terms {
  const { terms } = monitor;
  if (terms.plan === null || chance.is(0.3)) {
    const limit = terms.kind === 'process' ? chance.int(60, 6 * 3_600) * 1_000 : null;
    return { ...terms, maxRunMs: limit, failAfter: chance.int(1, 3) };
  }
  if (chance.is(0.5)) return { ...terms, graceMs: chosenGraceMs(terms.plan, now, chance) };
  const plan = planFor(monitor.index, chance, home) ?? terms.plan;
  return { ...terms, plan, graceMs: chosenGraceMs(plan, now, chance), earlyMs: earlyOf(plan, now) };
}
