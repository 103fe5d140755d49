import type { Monitor, MonitorKind } from '../core/monitor.ts';
import { createScheduleCache, type ScheduleCache } from '../core/schedule/schedule.ts';
import type { Schedule } from '../core/schedule/types.ts';
import type { Queryable } from '../store/database.ts';
import type { DefinitionRow, StateRow } from '../store/monitor-rows.ts';
import { readDefinitions, readDefinitionsByKeys } from '../store/states.ts';

/** Definitions kept in memory, some 400 bytes each: those of the busiest monitors of a node. */
export const MAX_CACHED_DEFINITIONS = 60_000;
/** Ids of teams of which one copy is shared. */
const MAX_TEAM_IDS = 10_000;
/** Many monitors share a schedule. */
const MAX_CACHED_SCHEDULES = 10_000;

/** A monitor as `step` sees it, with what the ping path needs to know besides. */
export interface Definition {
  readonly monitor: Monitor;
  readonly teamId: string;
  readonly pingKey: string;
  readonly version: number;
  /** It was deleted while somebody waited for its lock. */
  readonly isDeleted: boolean;
  /** Why its schedule cannot be understood any more; it still takes pings, and is shown as faulty. */
  readonly fault: string | null;
}

/** The schedule that a row holds, as it was saved; null for a process without one. */
export function scheduleOf(
  row: Pick<DefinitionRow, 'schedule_type' | 'period_seconds' | 'expression' | 'timezone'>,
): Schedule | null {
  if (row.schedule_type === null) return null;
  if (row.schedule_type === 'period') return { type: 'period', seconds: row.period_seconds ?? 0 };
  return { type: row.schedule_type, expression: row.expression ?? '', timezone: row.timezone ?? 'UTC' };
}

function readOrFault(schedule: Schedule | null, cache: ScheduleCache) {
  if (schedule === null) return { schedule, fault: null };
  const result = cache.read(schedule);
  return result.ok ? { schedule: result.schedule, fault: null } : { schedule: null, fault: result.error.message };
}

const HEARTBEAT: MonitorKind = 'heartbeat';

export function definitionOf(row: DefinitionRow, schedules: ScheduleCache, teamId = row.team_id): Definition {
  const { schedule, fault } = readOrFault(scheduleOf(row), schedules);
  return {
    monitor: {
      id: row.id,
      // Each row brings its own copy of the word; of a hundred thousand of them one is enough.
      kind: row.kind === HEARTBEAT ? HEARTBEAT : row.kind,
      schedule,
      intervalMs: row.interval_ms,
      graceSeconds: row.grace_seconds,
      startGraceSeconds: row.start_grace_seconds,
      maxRunSeconds: row.max_run_seconds,
      learn: row.learn,
      failAfter: row.fail_after,
      createdAt: row.created_at,
    },
    teamId,
    pingKey: row.ping_key,
    version: row.version,
    isDeleted: row.deleted_at !== null,
    fault,
  };
}

/** The definitions that belong to states just locked: from memory where the version is the state's, else read. */
export interface DefinitionCache {
  /** The monitor that had this ping key when it was last read; to be checked, it may have another one by now. */
  idOfKey(key: string): string | undefined;
  /** The definition of that monitor, as it was last read. */
  ofKey(key: string): Definition | undefined;
  /** The definition of the monitor with this id, as it was last read. */
  ofId(id: string): Definition | undefined;
  /** What is remembered of this monitor is not to be relied on any more. */
  forget(id: string): void;
  clear(): void;
  /** Reads the living monitors that have these ping keys now. */
  findByKeys(db: Queryable, keys: readonly string[]): Promise<Definition[]>;
  forStates(
    db: Queryable,
    states: readonly Pick<StateRow, 'monitor_id' | 'version'>[],
  ): Promise<Map<string, Definition>>;
}

export function createDefinitionCache(limit = MAX_CACHED_DEFINITIONS): DefinitionCache {
  const schedules = createScheduleCache(MAX_CACHED_SCHEDULES);
  const known = new Map<string, Definition>();
  const idByKey = new Map<string, string>();
  const teamIds = new Map<string, string>();
  /** One copy of each team's id: most monitors of a node share a few. */
  const teamIdOf = (id: string): string => {
    const known = teamIds.get(id);
    if (known !== undefined) return known;
    if (teamIds.size >= MAX_TEAM_IDS) teamIds.clear();
    teamIds.set(id, id);
    return id;
  };
  const forget = (definition: Definition | undefined) => {
    if (definition === undefined) return;
    known.delete(definition.monitor.id);
    if (idByKey.get(definition.pingKey) === definition.monitor.id) idByKey.delete(definition.pingKey);
  };
  const keep = (definition: Definition) => {
    const { id } = definition.monitor;
    forget(known.get(id));
    known.set(id, definition);
    if (!definition.isDeleted) idByKey.set(definition.pingKey, id);
    if (known.size > limit) forget(known.values().next().value);
  };
  const read = (row: DefinitionRow): Definition => {
    const definition = definitionOf(row, schedules, teamIdOf(row.team_id));
    keep(definition);
    return definition;
  };
  return {
    idOfKey: (key) => idByKey.get(key),
    ofKey: (key) => known.get(idByKey.get(key) ?? ''),
    ofId: (id) => known.get(id),
    forget: (id) => forget(known.get(id)),
    clear() {
      known.clear();
      idByKey.clear();
    },
    async findByKeys(db, keys) {
      return keys.length === 0 ? [] : (await readDefinitionsByKeys(db, keys)).map(read);
    },
    async forStates(db, states) {
      const found = new Map<string, Definition>();
      const missing: string[] = [];
      for (const state of states) {
        const definition = known.get(state.monitor_id);
        if (definition?.version === state.version) found.set(state.monitor_id, definition);
        else missing.push(state.monitor_id);
      }
      if (missing.length === 0) return found;
      for (const row of await readDefinitions(db, missing)) {
        found.set(row.id, read(row));
      }
      return found;
    },
  };
}
