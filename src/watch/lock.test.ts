import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { createFixtures, sql } from '../../test/harness/fixtures.ts';
import { createVirtualClock } from '../../test/harness/virtual-clock.ts';
import { isRetryable } from '../store/errors.ts';
import { setStateVersion } from '../store/states.ts';
import { createDefinitionCache, type DefinitionCache } from './definitions.ts';
import { lockByKeys } from './lock.ts';

const db = useDatabase();
const make = createFixtures(() => db.database, createVirtualClock());

/** Which monitor each of these keys leads to. */
function lock(definitions: DefinitionCache, keys: readonly string[]): Promise<Record<string, string>> {
  return db.database.transaction(async (tx) => {
    const locked = await lockByKeys(tx, definitions, keys);
    return Object.fromEntries([...locked].map(([key, { row }]) => [key, row.monitor_id]));
  });
}

/** Changes keys as the API does: definition and state count their version up in one transaction. */
function giveKeys(pairs: readonly (readonly [monitorId: string, key: string])[], version: number): Promise<void> {
  return db.database.transaction(async (tx) => {
    for (const [monitorId, key] of pairs) {
      const text = 'UPDATE monitor SET ping_key = $2, version = $3 WHERE id = $1';
      await tx.query({ name: 'give_key', text }, [monitorId, key, version]);
      await setStateVersion(tx, monitorId, version);
    }
  });
}

describe('locking by ping keys', () => {
  test('finds remembered, new and unknown keys in one batch', async () => {
    const definitions = createDefinitionCache();
    const team = await make.team();
    const [one, other] = [await make.monitor(team.id), await make.monitor(team.id)];
    assert.deepEqual(await lock(definitions, [one.key]), { [one.key]: one.id });
    assert.equal(definitions.idOfKey(one.key), one.id);
    assert.deepEqual(await lock(definitions, [one.key, 'nobody-has-this', other.key]), {
      [one.key]: one.id,
      [other.key]: other.id,
    });
    assert.deepEqual(await lock(definitions, ['nobody-has-this']), {});
  });

  test('a remembered key that its monitor lost is unknown', async () => {
    const definitions = createDefinitionCache();
    const monitor = await make.monitor((await make.team()).id);
    await lock(definitions, [monitor.key]);
    await giveKeys([[monitor.id, 'its-second-key']], 2);
    assert.deepEqual(await lock(definitions, [monitor.key]), {});
    assert.deepEqual(await lock(definitions, [monitor.key, 'its-second-key']), { 'its-second-key': monitor.id });
  });

  test('a remembered key that another monitor has now leads there at the next try', async () => {
    const definitions = createDefinitionCache();
    const team = await make.team();
    const [one, other] = [await make.monitor(team.id), await make.monitor(team.id)];
    await lock(definitions, [one.key, other.key]);
    await giveKeys(
      [
        [other.id, 'out-of-the-way'],
        [one.id, 'its-second-key-2'],
        [other.id, one.key],
      ],
      2,
    );
    await assert.rejects(lock(definitions, [one.key]), isRetryable);
    assert.deepEqual(await lock(definitions, [one.key]), { [one.key]: other.id });
  });

  test('what makes room in a full memory is found nevertheless', async () => {
    const definitions = createDefinitionCache(1);
    const team = await make.team();
    const [one, other] = [await make.monitor(team.id), await make.monitor(team.id)];
    await lock(definitions, [one.key]);
    assert.deepEqual(await lock(definitions, [one.key, other.key]), { [one.key]: one.id, [other.key]: other.id });
  });

  test('a monitor that was deleted or is gone for good is unknown', async () => {
    const definitions = createDefinitionCache();
    const team = await make.team();
    const [deleted, gone] = [await make.monitor(team.id), await make.monitor(team.id)];
    await lock(definitions, [deleted.key, gone.key]);
    await sql(db.database, 'UPDATE monitor SET deleted_at = 1, version = 2 WHERE id = $1', [deleted.id]);
    await sql(db.database, 'UPDATE monitor_state SET version = 2 WHERE monitor_id = $1', [deleted.id]);
    await sql(db.database, 'DELETE FROM monitor WHERE id = $1', [gone.id]);
    assert.deepEqual(await lock(definitions, [deleted.key, gone.key]), {});
  });
});
