import { DAY_MS, type Instant } from '../core/instant.ts';
import type { MonitorKind, Pause } from '../core/monitor.ts';
import { isWeakKey, normalKey } from '../core/ping-names.ts';
import type { ControlSignal } from '../core/signal.ts';
import { defineTiming, type Timing, type TimingError, type TimingWish, timingChange } from '../core/timing.ts';
import { findLivingChannels } from '../store/channels.ts';
import type { Transaction } from '../store/database.ts';
import {
  countMonitorsUpTo,
  findMonitor,
  insertMonitor,
  type MonitorRecord,
  setMonitorChannels,
  updateMonitor,
} from '../store/monitors.ts';
import { insertState, lockStatesByIds, setStateVersion } from '../store/states.ts';
import { takeOriginNumber } from '../store/teams.ts';
import { applyControl } from './act.ts';
import { attempt, type ManageDeps, type Refused, refuse } from './attempt.ts';
import { createDefinitionCache, type DefinitionCache, scheduleOf } from './definitions.ts';
import { placeMonitor } from './manage-sites.ts';

export type { ManageDeps, Refused } from './attempt.ts';

/** A deleted monitor can be brought back for this long (RULES §2). */
export const RESTORABLE_MS = 30 * DAY_MS;
/** Monitors of one team that are not deleted. What docs/performance.md measures with, and more than any host should have. */
export const MAX_MONITORS_PER_TEAM = 1_000_000;

/** What a person wants of a monitor; undefined: not said. */
export interface MonitorWish extends TimingWish {
  readonly name?: string | undefined;
  readonly slug?: string | null | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly failAfter?: number | undefined;
  readonly armedFrom?: MonitorRecord['armedFrom'] | undefined;
  readonly channels?: 'all' | readonly string[] | undefined;
  /** The site that it stands behind; null: none. */
  readonly siteId?: string | null | undefined;
}

export type NewMonitorWish = MonitorWish & {
  readonly kind: MonitorKind;
  readonly name: string;
  /** Its ping key; one is made when none is given. */
  readonly key?: string | undefined;
  /** Its identity in another system's interface. */
  readonly origin?: Origin | undefined;
};

/** How another system's interface knows a monitor. */
export interface Origin {
  readonly dialect: string;
  /** Unique among the dialect's living monitors of a team; the monitor's own id when not given. */
  readonly key?: string | undefined;
  /** That interface counts its jobs: this one gets the next number of the team. */
  readonly numbered?: boolean | undefined;
}

export type Managed = { readonly monitor: MonitorRecord } | Refused;

/** Whose monitors, and where times are counted when a schedule names no zone. */
export interface Owner {
  readonly teamId: string;
  readonly timezone: string;
}

/**
 * Definitions as this transaction sees them. Not the shared cache: it goes by version numbers, and a version that is
 * rolled back must not be remembered.
 */
function ownDefinitions(): DefinitionCache {
  return createDefinitionCache(1);
}

/** Locks the state of a team's monitor, then reads its definition: nobody else changes it until the end. */
export async function lockMonitor(tx: Transaction, teamId: string, id: string): Promise<MonitorRecord | null> {
  if ((await findMonitor(tx, teamId, id)) === null) return null;
  await lockStatesByIds(tx, [id]);
  return findMonitor(tx, teamId, id);
}

/** A person's decision about one monitor, with everything that it causes. */
export async function control(tx: Transaction, deps: ManageDeps, id: string, signal: ControlSignal) {
  return applyControl(tx, ownDefinitions(), id, signal, { now: deps.clock.now(), newId: deps.newId });
}

async function missingChannels(tx: Transaction, owner: Owner, wish: MonitorWish): Promise<TimingError[]> {
  if (wish.channels === undefined || wish.channels === 'all') return [];
  const living = new Set(await findLivingChannels(tx, owner.teamId, wish.channels));
  return wish.channels.flatMap((id, index) =>
    living.has(id) ? [] : [{ field: `channels.${index}`, message: 'there is no channel with this id' }],
  );
}

/** All that decides when this monitor is late, stuck or missed. */
export function timingOf(record: MonitorRecord): Timing {
  const { intervalMs, graceSeconds, startGraceSeconds, maxRunSeconds, learn } = record;
  const schedule = scheduleOf({
    schedule_type: record.scheduleType,
    period_seconds: record.periodSeconds,
    expression: record.expression,
    timezone: record.timezone,
  });
  return { schedule, intervalMs, graceSeconds, startGraceSeconds, maxRunSeconds, learn };
}

function columnsOf({ schedule, ...rest }: Timing) {
  return {
    ...rest,
    scheduleType: schedule?.type ?? null,
    periodSeconds: schedule?.type === 'period' ? schedule.seconds : null,
    expression: schedule === null || schedule.type === 'period' ? null : schedule.expression,
    timezone: schedule === null || schedule.type === 'period' ? null : schedule.timezone,
  };
}

function chosenOf(
  wish: MonitorWish,
  before: Pick<MonitorRecord, 'name' | 'slug' | 'description' | 'tags' | 'failAfter' | 'armedFrom' | 'allChannels'>,
) {
  return {
    name: wish.name ?? before.name,
    slug: wish.slug === undefined ? before.slug : wish.slug,
    description: wish.description ?? before.description,
    tags: wish.tags === undefined ? before.tags : [...new Set(wish.tags)],
    failAfter: wish.failAfter ?? before.failAfter,
    armedFrom: wish.armedFrom ?? before.armedFrom,
    allChannels: wish.channels === undefined ? before.allChannels : wish.channels === 'all',
  };
}

const DEFAULTS = {
  slug: null,
  description: '',
  tags: [],
  failAfter: 1,
  armedFrom: 'first_signal',
  allChannels: true,
} as const;

/** Makes a monitor with its state, in one transaction. */
export function createMonitor(deps: ManageDeps, owner: Owner, wish: NewMonitorWish): Promise<Managed> {
  return attempt(deps.database, async (tx): Promise<Managed> => {
    const full = await refuseTooMany(tx, deps, owner);
    if (full !== null) return full;
    return createWithin(tx, deps, owner, wish, { kind: 'created', armed: wish.armedFrom === 'creation' });
  });
}

/** Null while the team may have one more. */
export async function refuseTooMany(tx: Transaction, deps: ManageDeps, owner: Owner): Promise<Refused | null> {
  const most = deps.maxMonitorsPerTeam ?? MAX_MONITORS_PER_TEAM;
  if ((await countMonitorsUpTo(tx, owner.teamId, most)) < most) return null;
  const message = `a team has at most ${most.toLocaleString('en-US')} monitors; delete some that nobody needs`;
  return { refused: 'invalid', errors: [{ field: '', message }] };
}

/** The same inside the caller's transaction; `first` is what its state begins with. */
export async function createWithin(
  tx: Transaction,
  deps: ManageDeps,
  owner: Owner,
  wish: NewMonitorWish,
  first: ControlSignal,
): Promise<Managed> {
  const now = deps.clock.now();
  const result = defineTiming(wish.kind, wish, null, { now, timezone: owner.timezone });
  const errors = [...(result.ok ? [] : result.errors), ...(await missingChannels(tx, owner, wish))];
  if (!result.ok || errors.length > 0) return { refused: 'invalid', errors };
  const id = deps.newId();
  const monitor: MonitorRecord = {
    id,
    teamId: owner.teamId,
    kind: wish.kind,
    ...chosenOf(wish, { ...DEFAULTS, name: wish.name }),
    pingKey: wish.key === undefined ? deps.random.uuid() : normalKey(wish.key),
    ...columnsOf(result.timing),
    originDialect: wish.origin?.dialect ?? null,
    originKey: wish.origin === undefined ? null : (wish.origin.key ?? id),
    originNumber: wish.origin?.numbered === true ? await takeOriginNumber(tx, owner.teamId) : null,
    version: 1,
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
  };
  await insertMonitor(tx, monitor);
  await insertState(tx, monitor.id);
  if (Array.isArray(wish.channels)) await setMonitorChannels(tx, monitor.id, wish.channels);
  await place(tx, owner, monitor.id, wish, now);
  await control(tx, deps, monitor.id, first);
  return { monitor };
}

/** Changes what was said and leaves the rest; open runs and expectations follow at once. */
export function editMonitor(deps: ManageDeps, owner: Owner, id: string, wish: MonitorWish): Promise<Managed> {
  return attempt(deps.database, async (tx): Promise<Managed> => {
    const before = await lockMonitor(tx, owner.teamId, id);
    if (before === null || before.deletedAt !== null) return { refused: 'not_found' };
    return editWithin(tx, deps, owner, before, wish);
  });
}

/** The same inside the caller's transaction, which has locked the monitor. */
export async function editWithin(
  tx: Transaction,
  deps: ManageDeps,
  owner: Owner,
  before: MonitorRecord,
  wish: MonitorWish,
): Promise<Managed> {
  const { id } = before;
  const now = deps.clock.now();
  const timing = timingOf(before);
  const result = defineTiming(before.kind, wish, timing, { now, timezone: owner.timezone });
  const errors = [...(result.ok ? [] : result.errors), ...(await missingChannels(tx, owner, wish))];
  if (!result.ok || errors.length > 0) return { refused: 'invalid', errors };
  await place(tx, owner, id, wish, now);
  const monitor = await saveChange(tx, before, { ...chosenOf(wish, before), ...columnsOf(result.timing) }, now);
  if (wish.channels !== undefined) {
    await setMonitorChannels(tx, id, wish.channels === 'all' ? [] : wish.channels);
  }
  await control(tx, deps, id, { kind: 'edited', ...timingChange(timing, result.timing) });
  if (before.armedFrom === 'first_signal' && monitor.armedFrom === 'creation') await armSilent(tx, deps, id);
  return { monitor };
}

/** Puts the monitor where it is wanted; what is wrong with that ends the change as a whole. */
async function place(tx: Transaction, owner: Owner, id: string, { siteId }: MonitorWish, now: Instant): Promise<void> {
  if (siteId === undefined) return;
  const errors = await placeMonitor(tx, owner.teamId, id, siteId, now);
  if (errors.length > 0) refuse({ refused: 'invalid', errors });
}

/** It shall be expected without having been heard of: from now on, unless it is expected already. */
async function armSilent(tx: Transaction, deps: ManageDeps, id: string): Promise<void> {
  const [state] = await lockStatesByIds(tx, [id]);
  const isSilent = state?.status === 'new' && state.ref_at === null;
  if (isSilent) await control(tx, deps, id, { kind: 'created', armed: true });
}

/** Writes a changed definition under the next version number, in both tables. */
export async function saveChange(
  tx: Transaction,
  before: MonitorRecord,
  change: Partial<MonitorRecord>,
  now: Instant,
): Promise<MonitorRecord> {
  const monitor = { ...before, ...change, version: before.version + 1, updatedAt: now };
  await updateMonitor(tx, monitor);
  await setStateVersion(tx, monitor.id, monitor.version);
  return monitor;
}

/** Gives a monitor a new ping key: the old one is unknown from the commit on. */
export function rotateKey(deps: ManageDeps, teamId: string, id: string): Promise<Managed> {
  return attempt(deps.database, async (tx): Promise<Managed> => {
    const before = await lockMonitor(tx, teamId, id);
    if (before === null || before.deletedAt !== null) return { refused: 'not_found' };
    return { monitor: await saveChange(tx, before, { pingKey: deps.random.uuid() }, deps.clock.now()) };
  });
}

/** Deletes softly: unknown at once, an open incident is closed, everything stays for RESTORABLE_MS. */
export function deleteMonitor(deps: ManageDeps, teamId: string, id: string): Promise<Managed> {
  return attempt(deps.database, async (tx): Promise<Managed> => {
    const before = await lockMonitor(tx, teamId, id);
    if (before === null || before.deletedAt !== null) return { refused: 'not_found' };
    const now = deps.clock.now();
    const monitor = await saveChange(tx, before, { deletedAt: now }, now);
    await control(tx, deps, id, { kind: 'deleted' });
    return { monitor };
  });
}

/** Brings a deleted monitor back with its key; one that was not deleted is answered as it is. */
export function restoreMonitor(deps: ManageDeps, teamId: string, id: string): Promise<Managed> {
  return attempt(deps.database, async (tx): Promise<Managed> => {
    const before = await lockMonitor(tx, teamId, id);
    if (before === null) return { refused: 'not_found' };
    if (before.deletedAt === null) return { monitor: before };
    const now = deps.clock.now();
    if (now - before.deletedAt > RESTORABLE_MS) return { refused: 'not_found' };
    const monitor = await saveChange(tx, before, { deletedAt: null }, now);
    await control(tx, deps, id, { kind: 'restored' });
    return { monitor };
  });
}

async function decide(deps: ManageDeps, teamId: string, id: string, signal: ControlSignal): Promise<Managed> {
  return attempt(deps.database, async (tx): Promise<Managed> => {
    const monitor = await lockMonitor(tx, teamId, id);
    if (monitor === null || monitor.deletedAt !== null) return { refused: 'not_found' };
    const result = await control(tx, deps, id, signal);
    return result?.refused === 'not_paused' ? { refused: 'not_paused' } : { monitor };
  });
}

export function pauseMonitor(deps: ManageDeps, teamId: string, id: string, pause: Pause): Promise<Managed> {
  return decide(deps, teamId, id, { kind: 'pause', pause });
}

export function resumeMonitor(deps: ManageDeps, teamId: string, id: string): Promise<Managed> {
  return decide(deps, teamId, id, { kind: 'resume' });
}

/** Whether this monitor's ping URL could be guessed. */
export function hasWeakKey(monitor: Pick<MonitorRecord, 'pingKey'>): boolean {
  return isWeakKey(monitor.pingKey);
}
