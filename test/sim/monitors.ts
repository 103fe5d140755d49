import type { Chance } from '../../src/platform/chance.ts';
import type { MonitorRecord } from '../../src/store/monitors.ts';
import { createMonitor, type ManageDeps, type NewMonitorWish } from '../../src/watch/manage.ts';
import { intervalOf } from './oracle/calendar.ts';
import type { Happening, Terms } from './oracle/story.ts';
import { dailyPlan, frequentPlan, type Home, hourlyPlan, type Plan, scheduleOfPlan } from './plans.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** One monitor of the simulation: what it is, and what people did to it. */
export interface SimMonitor {
  readonly index: number;
  readonly name: string;
  readonly id: string;
  readonly createdAt: number;
  readonly isArmedAtCreation: boolean;
  readonly firstTerms: Terms;
  terms: Terms;
  key: string;
  /** The places (receivers) that its notices go to. */
  readonly channels: readonly string[];
  readonly people: Exclude<Happening, { type: 'ping' }>[];
  isDeleted: boolean;
  isPaused: boolean;
}

/** How often: of a hundred 70 daily, 25 hourly, 5 every few minutes; of those some by period, some by hand. */
export function planFor(index: number, chance: Chance, home: Home): Plan | null {
  const place = (index * 37 + 11) % 100;
  if (place < 70) {
    if (chance.is(0.06)) return null;
    return chance.is(0.12) ? { type: 'period', seconds: chance.pick([86_400, 43_200]) } : dailyPlan(chance, home);
  }
  if (place < 95) {
    return chance.is(0.25) ? { type: 'period', seconds: chance.pick([3_600, 1_800, 7_200]) } : hourlyPlan(chance);
  }
  return chance.is(0.3) ? { type: 'period', seconds: 300 } : frequentPlan(chance);
}

const MAX_EARLY = MINUTE;

/** What the product makes of a grace that nobody chose (docs/monitors.md). */
function usualGraceMs(plan: Plan, now: number): number {
  const interval = intervalOf(plan, now);
  const grace = Math.min(Math.max((interval ?? 5 * HOUR) * 0.2, 10 * SECOND), HOUR);
  return Math.round(grace / SECOND) * SECOND;
}

export function earlyOf(plan: Plan | null, now: number): number {
  const interval = plan === null ? null : intervalOf(plan, now);
  return interval === null ? 0 : Math.min(MAX_EARLY, interval / 10);
}

export function chosenGraceMs(plan: Plan, now: number, chance: Chance): number {
  const interval = intervalOf(plan, now) ?? HOUR;
  const most = Math.min(interval / 2, 2 * HOUR);
  return Math.round((most * (0.2 + 0.75 * chance.fraction())) / SECOND) * SECOND;
}

function termsFor(plan: Plan | null, now: number, chance: Chance): { terms: Terms; isUsualGrace: boolean } {
  const kind = plan === null || chance.is(0.4) ? 'process' : 'heartbeat';
  const isUsualGrace = kind === 'heartbeat' && plan !== null && chance.is(0.3);
  const grace = plan === null ? 0 : isUsualGrace ? usualGraceMs(plan, now) : chosenGraceMs(plan, now, chance);
  const interval = plan === null ? 9 * HOUR : (intervalOf(plan, now) ?? HOUR);
  const limit = Math.round((Math.min(interval, 8 * HOUR) * (0.3 + chance.fraction())) / SECOND) * SECOND;
  return {
    isUsualGrace,
    terms: {
      kind,
      plan,
      graceMs: grace,
      maxRunMs: kind === 'process' && chance.is(0.85) ? limit : null,
      learns: kind === 'process' && chance.is(0.5),
      failAfter: chance.is(0.3) ? chance.int(2, 4) : 1,
      earlyMs: earlyOf(plan, now),
    },
  };
}

/** What is asked of the product for these terms. */
export function wishOf(
  terms: Terms,
): Pick<NewMonitorWish, 'schedule' | 'graceSeconds' | 'startGraceSeconds' | 'maxRunSeconds' | 'learn' | 'failAfter'> {
  const shared = {
    failAfter: terms.failAfter,
    ...(terms.plan === null ? {} : { schedule: scheduleOfPlan(terms.plan) }),
  };
  if (terms.kind === 'heartbeat') return { ...shared, graceSeconds: terms.graceMs / SECOND };
  return {
    ...shared,
    ...(terms.plan === null ? {} : { startGraceSeconds: terms.graceMs / SECOND }),
    maxRunSeconds: terms.maxRunMs === null ? null : terms.maxRunMs / SECOND,
    learn: terms.learns,
  };
}

export interface MonitorDeps {
  readonly home: Home;
  readonly manage: ManageDeps;
  readonly owner: { readonly teamId: string; readonly timezone: string };
  readonly chance: Chance;
  /** Receivers by the ids of their channels. */
  readonly channels: ReadonlyMap<string, string>;
}

export async function makeMonitor(deps: MonitorDeps, index: number): Promise<SimMonitor> {
  const chance = deps.chance.fork(`monitor ${index}`);
  const now = deps.manage.clock.now();
  const { terms, isUsualGrace } = termsFor(planFor(index, chance, deps.home), now, chance);
  const isArmedAtCreation = chance.is(0.3);
  const all = [...deps.channels.keys()];
  const chosen = chance.is(0.3) ? [chance.pick(all)] : all;
  const { graceSeconds, ...wish } = wishOf(terms);
  const name = `${terms.kind} ${index}`;
  const made = await createMonitor(deps.manage, deps.owner, {
    ...wish,
    ...(isUsualGrace ? {} : { graceSeconds }),
    kind: terms.kind,
    name,
    armedFrom: isArmedAtCreation ? 'creation' : 'first_signal',
    channels: chosen.length === all.length ? 'all' : chosen,
  });
  if ('refused' in made) throw new Error(`${name} was refused: ${JSON.stringify(made)}`);
  const monitor: MonitorRecord = made.monitor;
  return {
    index,
    name,
    id: monitor.id,
    createdAt: monitor.createdAt,
    isArmedAtCreation,
    firstTerms: terms,
    terms,
    key: monitor.pingKey,
    channels: chosen.map((id) => deps.channels.get(id) ?? id),
    people: [],
    isDeleted: false,
    isPaused: false,
  };
}
