import type { Transaction } from '../store/database.ts';
import { SERIALIZATION_FAILURE } from '../store/errors.ts';
import type { StateRow } from '../store/monitor-rows.ts';
import { lockStatesByIds } from '../store/states.ts';
import type { Definition, DefinitionCache } from './definitions.ts';

/** A living monitor whose state is locked in this transaction. */
export interface LockedMonitor {
  readonly row: StateRow;
  readonly definition: Definition;
}

/**
 * Locks the states of the living monitors that have these ping keys and answers them by key. Locks are taken by id and
 * in the order of ids, so that no two flushes can deadlock. Which key belongs to whom is remembered: that costs the
 * database less than half of looking every key up. It is checked against what is locked; where a key turns out to have
 * moved to another monitor, the transaction counts as lost against that change and is to be tried again.
 */
export async function lockByKeys(
  tx: Transaction,
  definitions: DefinitionCache,
  keys: readonly string[],
): Promise<Map<string, LockedMonitor>> {
  const idByKey = new Map<string, string>();
  const unheard: string[] = [];
  for (const key of keys) {
    const id = definitions.idOfKey(key);
    if (id === undefined) unheard.push(key);
    else idByKey.set(key, id);
  }
  for (const { pingKey, monitor } of await definitions.findByKeys(tx, unheard)) idByKey.set(pingKey, monitor.id);
  if (idByKey.size === 0) return new Map();
  const rows = await lockStatesByIds(tx, [...idByKey.values()]);
  const found = await definitions.forStates(tx, rows);
  const locked = new Map<string, LockedMonitor>();
  for (const row of rows) {
    const definition = found.get(row.monitor_id);
    if (definition === undefined || definition.isDeleted || !idByKey.has(definition.pingKey)) continue;
    locked.set(definition.pingKey, { row, definition });
  }
  await refuseMovedKeys(
    tx,
    definitions,
    [...idByKey.keys()].filter((key) => !locked.has(key)),
  );
  return locked;
}

/** These keys are their monitors' no more; usually they are nobody's now, and unknown from this moment on. */
async function refuseMovedKeys(tx: Transaction, definitions: DefinitionCache, keys: readonly string[]): Promise<void> {
  const moved = await definitions.findByKeys(tx, keys);
  if (moved.length > 0) {
    throw Object.assign(new Error('a ping key was given to another monitor'), { code: SERIALIZATION_FAILURE });
  }
}

/** Locks the states of the living monitors that have these ids and answers them by id. */
export async function lockByIds(
  tx: Transaction,
  definitions: DefinitionCache,
  ids: readonly string[],
): Promise<Map<string, LockedMonitor>> {
  const rows = await lockStatesByIds(tx, ids);
  const found = await definitions.forStates(tx, rows);
  const locked = new Map<string, LockedMonitor>();
  for (const row of rows) {
    const definition = found.get(row.monitor_id);
    if (definition !== undefined && !definition.isDeleted) locked.set(row.monitor_id, { row, definition });
  }
  return locked;
}
