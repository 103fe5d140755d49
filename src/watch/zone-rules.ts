import type { Logger } from '../platform/logger.ts';
import type { Database } from '../store/database.ts';
import { type ExpectedSlot, listExpectedSlots } from '../store/expected-slots.ts';
import { readInstall, writeInstall } from '../store/install.ts';
import { applyControl } from './act.ts';
import type { CommitContext } from './commit.ts';
import type { DefinitionCache } from './definitions.ts';

/** Where the install keeps by which rules its slots were counted. */
export const ZONE_RULES = 'zone_rules';
/** Monitors that are looked at, and counted again, at a time. */
export const MAX_PER_BATCH = 1_000;

export interface ZoneRulesOptions {
  readonly database: Database;
  readonly definitions: DefinitionCache;
  readonly logger: Logger;
  readonly context: CommitContext;
  /** The version of the rules that this program goes by, such as `2026c`. */
  readonly version: string;
}

/**
 * New rules of time zones come with a new Node. What monitors expect next was counted by the old ones: where the two
 * differ it is counted again, before anybody judges by it. Once per version; answers how many that were.
 */
export async function followZoneRules(options: ZoneRulesOptions): Promise<number> {
  const { database, definitions, logger, context, version } = options;
  const known = await readInstall(database, ZONE_RULES);
  if (known === version) return 0;
  let [recounted, after]: [number, string | null] = [0, null];
  // An install that has never noted any has nothing that was counted by others.
  while (known !== null) {
    const rows: ExpectedSlot[] = await listExpectedSlots(database, after, MAX_PER_BATCH);
    const found = await definitions.forStates(database, rows);
    const changed = rows.filter(({ monitor_id, ref_at, expected_at }) => {
      const schedule = found.get(monitor_id)?.monitor.schedule;
      return schedule != null && (schedule.slotAfter(ref_at)?.at ?? null) !== expected_at;
    });
    if (changed.length > 0) {
      await database.transaction(async (tx) => {
        for (const { monitor_id: id } of changed) {
          await applyControl(tx, definitions, id, { kind: 'zone_rules_changed' }, context);
        }
      });
    }
    recounted += changed.length;
    after = rows.at(-1)?.monitor_id ?? null;
    if (rows.length < MAX_PER_BATCH) break;
  }
  await writeInstall(database, ZONE_RULES, version);
  if (known !== null) logger.info('the rules of time zones have changed', { from: known, to: version, recounted });
  return recounted;
}
