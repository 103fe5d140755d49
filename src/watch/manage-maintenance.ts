import { type Instant, SECOND_MS } from '../core/instant.ts';
import {
  activeUntil,
  MAX_MAINTENANCE_SECONDS,
  MAX_SINGLE_MAINTENANCE_SECONDS,
  MIN_MAINTENANCE_SECONDS,
} from '../core/maintenance.ts';
import { readWish, type TimingError, type WishedSchedule } from '../core/timing.ts';
import {
  countMaintenance,
  deleteMaintenance,
  findMaintenance,
  type MaintenanceRecord,
  missingThings,
  reviewHolds,
  saveMaintenance,
  timesOf,
} from '../store/maintenance.ts';
import { lockTeam } from '../store/teams.ts';
import { attempt, type ManageDeps, type Refused } from './attempt.ts';
import type { Owner } from './manage.ts';

/** Maintenances of one team; those that are over count until they are deleted. */
export const MAX_MAINTENANCES = 200;

/** What a person wants of a maintenance; undefined: not said. */
export interface MaintenanceWish {
  readonly name?: string | undefined;
  readonly once?: { readonly from: Instant; readonly to: Instant } | undefined;
  readonly repeat?: { readonly schedule: WishedSchedule; readonly durationSeconds: number } | undefined;
  readonly all?: boolean | undefined;
  readonly monitors?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly sites?: readonly string[] | undefined;
}

export type ManagedMaintenance = { readonly maintenance: MaintenanceRecord } | Refused | { readonly refused: 'full' };

type Times = Pick<
  MaintenanceRecord,
  'fromAt' | 'toAt' | 'scheduleType' | 'expression' | 'timezone' | 'durationSeconds' | 'endedAt'
>;

const NEVER: Times = {
  fromAt: null,
  toAt: null,
  scheduleType: null,
  expression: null,
  timezone: null,
  durationSeconds: null,
  endedAt: null,
};

/** When it is wanted to be, or what is wrong with that. */
function timesWished(
  { once, repeat }: MaintenanceWish,
  before: Times | null,
  context: { readonly now: Instant; readonly timezone: string },
): Times | TimingError[] {
  if (once !== undefined && repeat !== undefined) {
    return [{ field: 'repeat', message: 'does not go together with once' }];
  }
  if (once !== undefined) {
    const seconds = (once.to - once.from) / SECOND_MS;
    if (seconds < MIN_MAINTENANCE_SECONDS)
      return [{ field: 'once.to', message: 'must be a minute or more after from' }];
    if (seconds > MAX_SINGLE_MAINTENANCE_SECONDS)
      return [{ field: 'once.to', message: 'must be at most 90 days after from' }];
    return { ...NEVER, fromAt: once.from, toAt: once.to };
  }
  if (repeat === undefined) return before ?? [{ field: 'once', message: 'is missing: say when, by once or by repeat' }];
  if (repeat.schedule.type === 'period') {
    return [{ field: 'repeat.schedule.type', message: 'must be cron or oncalendar' }];
  }
  const { durationSeconds } = repeat;
  if (durationSeconds < MIN_MAINTENANCE_SECONDS || durationSeconds > MAX_MAINTENANCE_SECONDS) {
    return [
      { field: 'repeat.duration_seconds', message: `must be ${MIN_MAINTENANCE_SECONDS} to ${MAX_MAINTENANCE_SECONDS}` },
    ];
  }
  const result = readWish(repeat.schedule, context);
  if (!result.ok) return [{ field: `repeat.schedule.${result.error.field}`, message: result.error.message }];
  const { source } = result.schedule;
  if (source.type === 'period') return [{ field: 'repeat.schedule.type', message: 'must be cron or oncalendar' }];
  const { type: scheduleType, expression, timezone } = source;
  return { ...NEVER, scheduleType, expression, timezone, durationSeconds };
}

async function wished(
  tx: Parameters<typeof missingThings>[0],
  owner: Owner,
  wish: MaintenanceWish,
  before: MaintenanceRecord | null,
  now: Instant,
): Promise<Omit<MaintenanceRecord, 'id' | 'teamId' | 'createdAt' | 'updatedAt'> | TimingError[]> {
  const times = timesWished(wish, before, { now, timezone: owner.timezone });
  const chosen = {
    name: wish.name ?? before?.name ?? '',
    allMonitors: wish.all ?? before?.allMonitors ?? false,
    monitorIds: [...new Set(wish.monitors ?? before?.monitorIds ?? [])],
    tags: [...new Set(wish.tags ?? before?.tags ?? [])],
    siteIds: [...new Set(wish.sites ?? before?.siteIds ?? [])],
  };
  // Ids that were chosen before may be of what is deleted by now: only those given are looked at.
  const missing = await missingThings(tx, owner.teamId, wish.monitors ?? [], wish.sites ?? []);
  const errors: TimingError[] = [
    ...(Array.isArray(times) ? times : []),
    ...missing.monitors.map((id) => ({ field: 'monitors', message: `there is no monitor with the id ${id}` })),
    ...missing.sites.map((id) => ({ field: 'sites', message: `there is no site with the id ${id}` })),
  ];
  const { allMonitors, monitorIds, tags, siteIds } = chosen;
  if (!allMonitors && monitorIds.length + tags.length + siteIds.length === 0) {
    errors.push({ field: 'monitors', message: 'is missing: say which, by monitors, tags, sites or all' });
  }
  return Array.isArray(times) || errors.length > 0 ? errors : { ...times, ...chosen };
}

/** Plans a maintenance. One that is under way from now on holds what goes down from now on. */
export function createMaintenance(deps: ManageDeps, owner: Owner, wish: MaintenanceWish): Promise<ManagedMaintenance> {
  return attempt(deps.database, async (tx): Promise<Exclude<ManagedMaintenance, Refused> | Refused> => {
    await lockTeam(tx, owner.teamId);
    if ((await countMaintenance(tx, owner.teamId)) >= MAX_MAINTENANCES) return { refused: 'full' };
    const now = deps.clock.now();
    const result = await wished(tx, owner, wish, null, now);
    if (Array.isArray(result)) return { refused: 'invalid', errors: result };
    const maintenance = { ...result, id: deps.newId(), teamId: owner.teamId, createdAt: now, updatedAt: now };
    await saveMaintenance(tx, maintenance);
    return { maintenance };
  });
}

/** Changes what was said and leaves the rest. What it holds is decided anew. */
export function editMaintenance(
  deps: ManageDeps,
  owner: Owner,
  id: string,
  wish: MaintenanceWish,
): Promise<ManagedMaintenance> {
  return attempt(deps.database, async (tx): Promise<Exclude<ManagedMaintenance, Refused> | Refused> => {
    await lockTeam(tx, owner.teamId);
    const before = await findMaintenance(tx, owner.teamId, id);
    if (before === null) return { refused: 'not_found' };
    const now = deps.clock.now();
    const result = await wished(tx, owner, wish, before, now);
    if (Array.isArray(result)) return { refused: 'invalid', errors: result };
    const maintenance = { ...before, ...result, updatedAt: now };
    await saveMaintenance(tx, maintenance);
    await reviewHolds(tx, id, now);
    return { maintenance };
  });
}

/** Ends the one that is under way; those that it still has to come are not touched. What is down then is told now. */
export function endMaintenance(
  deps: ManageDeps,
  teamId: string,
  id: string,
): Promise<ManagedMaintenance | { readonly refused: 'not_under_way' }> {
  return attempt(deps.database, async (tx) => {
    await lockTeam(tx, teamId);
    const before = await findMaintenance(tx, teamId, id);
    if (before === null) return { refused: 'not_found' as const };
    const now = deps.clock.now();
    const times = timesOf(before);
    if (times === null || activeUntil(times, now) === null) return { refused: 'not_under_way' as const };
    const maintenance = { ...before, endedAt: now, updatedAt: now };
    await saveMaintenance(tx, maintenance);
    await reviewHolds(tx, id, now);
    return { maintenance };
  });
}

/** Takes a maintenance away; what it holds and is still down is told now. Answers whether there was one. */
export async function removeMaintenance(deps: ManageDeps, teamId: string, id: string): Promise<boolean> {
  const result = await attempt(deps.database, async (tx) => {
    await lockTeam(tx, teamId);
    if ((await findMaintenance(tx, teamId, id)) === null) return false;
    await reviewHolds(tx, id, deps.clock.now());
    await deleteMaintenance(tx, id);
    return true;
  });
  return result === true;
}
