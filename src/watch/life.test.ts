import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { createFixtures, sql } from '../../test/harness/fixtures.ts';
import { open, testLogger } from '../../test/harness/postgres.ts';
import { createVirtualClock, type VirtualClock } from '../../test/harness/virtual-clock.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/instant.ts';
import type { Database } from '../store/database.ts';
import type { NodeRole } from '../store/nodes.ts';
import { createLife, LIFE_EVERY_MS, type Life, MIN_GAP_MS, STALE_AFTER_MS } from './life.ts';

const db = useDatabase();
let clock = createVirtualClock();
const make = createFixtures(() => db.database);

beforeEach(async () => {
  clock = createVirtualClock();
  await sql(db.database, 'DELETE FROM gap');
  await sql(db.database, 'DELETE FROM node');
});

interface LifeSetup {
  readonly roles?: readonly NodeRole[];
  readonly database?: Database;
  readonly at?: VirtualClock;
}

function life({ roles = ['web', 'watch', 'deliver'], database = db.database, at = clock }: LifeSetup = {}): Life {
  const node = { id: make.newId(), host: 'test', pid: 1, roles };
  return createLife({ database, clock: at, node, newId: make.newId, logger: testLogger });
}

async function gaps() {
  const rows = await sql<{ kind: string; from_at: number; to_at: number; reason: string }>(
    db.database,
    'SELECT kind, from_at, to_at FROM gap ORDER BY from_at, kind',
  );
  return rows.map((row) => ({ kind: row.kind, from: row.from_at, to: row.to_at }));
}

describe('a start after an absence', () => {
  test('the very first start knows no gap', async () => {
    await life().begin();
    assert.deepEqual(await gaps(), []);
  });

  test('3 seconds are a gap, from the last sign of life to the first', async () => {
    const first = life();
    await first.begin();
    const from = clock.now();
    clock.advance(MIN_GAP_MS);
    await life().begin();
    assert.deepEqual(await gaps(), [{ kind: 'ingest', from, to: clock.now() }]);
  });

  test('less than 3 seconds are none', async () => {
    await life().begin();
    clock.advance(MIN_GAP_MS - 1);
    await life().begin();
    assert.deepEqual(await gaps(), []);
  });

  test('an orderly stop is a last sign of life', async () => {
    const first = life();
    await first.begin();
    clock.advance(2_500);
    await first.stop();
    const from = clock.now();
    clock.advance(HOUR_MS);
    await life().begin();
    assert.deepEqual(await gaps(), [{ kind: 'ingest', from, to: clock.now() }]);
  });

  test('nodes that start together record it once', async () => {
    await life().begin();
    const from = clock.now();
    clock.advance(MINUTE_MS);
    const bases = Array.from({ length: 4 }, () => open(db.connection));
    await Promise.all(bases.map((database) => life({ database }).begin()));
    assert.deepEqual(await gaps(), [{ kind: 'ingest', from, to: clock.now() }]);
    await Promise.all(bases.map((database) => database.close()));
  });

  test('a node that takes no pings does not end the gap of those that do', async () => {
    await life().begin();
    const from = clock.now();
    clock.advance(MINUTE_MS);
    const watcher = life({ roles: ['watch'] });
    await watcher.begin();
    assert.deepEqual(await gaps(), []);
    assert.equal(watcher.canJudge(), false, 'nobody listens: a silence means nothing');
    clock.advance(MINUTE_MS);
    await life({ roles: ['web'] }).begin();
    assert.deepEqual(await gaps(), [{ kind: 'ingest', from, to: clock.now() }]);
    await watcher.tick();
    assert.equal(watcher.canJudge(), true);
  });

  test('nobody judged although pings were taken: that is a watch hole', async () => {
    const web = life({ roles: ['web'] });
    await life({ roles: ['watch'] }).begin();
    await web.begin();
    const from = clock.now();
    for (let second = 0; second < 10; second += 1) {
      clock.advance(SECOND_MS);
      await web.tick();
    }
    await life({ roles: ['watch'] }).begin();
    assert.deepEqual(await gaps(), [{ kind: 'watch', from, to: clock.now() }]);
  });
});

describe('the sign of life', () => {
  test('is trusted for two and a half seconds', async () => {
    const node = life();
    assert.equal(node.canJudge(), false, 'not before the first one');
    await node.begin();
    clock.advance(STALE_AFTER_MS);
    assert.equal(node.canJudge(), true);
    clock.advance(1);
    assert.equal(node.canJudge(), false);
    assert.deepEqual(node.unrecordedGap(), { from: clock.now() - STALE_AFTER_MS - 1, to: clock.now() });
    await node.tick();
    assert.equal(node.canJudge(), true);
    assert.equal(node.unrecordedGap(), null);
  });

  test('a node that stood still records its hole before it judges again', async () => {
    const node = life();
    await node.begin();
    const from = clock.now();
    clock.advance(10 * SECOND_MS);
    await node.tick();
    assert.deepEqual(await gaps(), [{ kind: 'ingest', from, to: clock.now() }]);
  });

  test('one of two nodes stood still: the other was well, there is no gap', async () => {
    const [still, well] = [life(), life()];
    await still.begin();
    await well.begin();
    for (let second = 0; second < 10; second += 1) {
      clock.advance(SECOND_MS);
      await well.tick();
    }
    await still.tick();
    assert.deepEqual(await gaps(), []);
  });

  test('a node that stood still for so long that it was forgotten is known again', async () => {
    const still = life();
    await still.begin();
    await sql(db.database, 'DELETE FROM node');
    await still.tick();
    clock.advance(SECOND_MS);
    await still.tick();
    const rows = await sql<{ seen_at: number }>(db.database, 'SELECT seen_at FROM node');
    assert.deepEqual(
      rows.map((row) => row.seen_at),
      [clock.now()],
    );
  });

  test('nothing is judged before the gap is on disk', async () => {
    let commit: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let isSlow = false;
    const node = life({
      database: {
        ...db.database,
        transaction: (work) =>
          db.database.transaction(async (tx) => {
            const result = await work(tx);
            if (isSlow) await gate;
            return result;
          }),
      },
    });
    await node.begin();
    clock.advance(MINUTE_MS);
    isSlow = true;
    const ticking = node.tick();
    await waitFor('the transaction that writes the gap', async () => {
      const [row] = await sql<{ count: number }>(
        db.database,
        `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`,
      );
      return (row?.count ?? 0) > 0;
    });
    assert.equal(node.canJudge(), false);
    assert.notEqual(node.unrecordedGap(), null);
    commit();
    await ticking;
    assert.equal(node.canJudge(), true);
  });

  test('goes on every second until it is told to stop', async () => {
    const node = life();
    await node.begin();
    node.start();
    const seen = () => sql<{ seen_at: number }>(db.database, 'SELECT max(seen_at) AS seen_at FROM node');
    for (let second = 0; second < 5; second += 1) {
      await clock.waitForTimer();
      clock.advance(LIFE_EVERY_MS);
      await waitFor('a sign of life', async () => (await seen())[0]?.seen_at === clock.now());
    }
    await node.stop();
    assert.equal(clock.pending(), 0);
  });
});

describe('refused pings', () => {
  test('are a gap of this node, from its last sign of life, though others were well', async () => {
    const [node, other] = [life(), life()];
    await node.begin();
    await other.begin();
    const from = clock.now();
    clock.advance(400);
    node.noteRefused(clock.now());
    assert.equal(node.canJudge(), false, 'a deadline just now could be that very ping');
    assert.deepEqual(node.unrecordedGap(), { from, to: clock.now() });
    clock.advance(600);
    await node.tick();
    assert.deepEqual(await gaps(), [{ kind: 'ingest', from: clock.now() - MIN_GAP_MS, to: clock.now() }]);
    assert.equal(node.canJudge(), true);
  });

  test('that go on and on are one gap', async () => {
    const node = life();
    await node.begin();
    const from = clock.now() + SECOND_MS - MIN_GAP_MS;
    for (let second = 0; second < 30; second += 1) {
      clock.advance(SECOND_MS);
      node.noteRefused(clock.now());
      await node.tick();
    }
    assert.deepEqual(await gaps(), [{ kind: 'ingest', from, to: clock.now() }]);
  });

  test('are not forgotten when the gap cannot be written', async () => {
    const node = life();
    await node.begin();
    const from = clock.now();
    clock.advance(500);
    node.noteRefused(clock.now());
    clock.failNextSample(new Error('away'));
    await assert.rejects(node.tick());
    assert.equal(node.canJudge(), false);
    clock.advance(4_500);
    await node.tick();
    assert.deepEqual(await gaps(), [{ kind: 'ingest', from, to: clock.now() }]);
  });

  test('one that comes while the gap is written is written with the next sign', async () => {
    let meanwhile: () => void = () => undefined;
    const node = life({
      database: {
        ...db.database,
        transaction: (work) =>
          db.database.transaction(async (tx) => {
            const result = await work(tx);
            meanwhile();
            return result;
          }),
      },
    });
    await node.begin();
    clock.advance(SECOND_MS);
    node.noteRefused(clock.now());
    meanwhile = () => {
      node.noteRefused(clock.now());
      meanwhile = () => undefined;
    };
    await node.tick();
    assert.equal(node.canJudge(), false);
    clock.advance(SECOND_MS);
    await node.tick();
    assert.equal(node.canJudge(), true);
    assert.deepEqual(
      (await gaps()).map((gap) => gap.to),
      [clock.now()],
    );
  });
});

describe('a jump of the database clock', () => {
  test('forward is a gap, written before anybody sees the new time', async () => {
    let seenInTransaction = 0;
    const node = life({
      database: {
        ...db.database,
        transaction: (work) => {
          seenInTransaction = clock.now();
          return db.database.transaction(work);
        },
      },
    });
    await node.begin();
    clock.advance(SECOND_MS);
    const from = clock.now();
    clock.jumpAtNextSample(HOUR_MS);
    await node.tick();
    assert.equal(seenInTransaction, from);
    assert.equal(clock.now(), from + HOUR_MS);
    assert.deepEqual(await gaps(), [{ kind: 'clock', from, to: from + HOUR_MS }]);
    assert.equal(node.canJudge(), true);
  });

  test('seen by several nodes is one gap', async () => {
    const other = createVirtualClock();
    const [one, two] = [life(), life({ at: other })];
    await one.begin();
    await two.begin();
    const from = clock.now();
    clock.jumpAtNextSample(HOUR_MS);
    await one.tick();
    other.advance(700);
    other.jumpAtNextSample(HOUR_MS);
    await two.tick();
    assert.deepEqual(await gaps(), [{ kind: 'clock', from, to: other.now() }]);
  });

  test('backward is a gap in the time that comes again, and hides no later hole', async () => {
    const stopped = life();
    await stopped.begin();
    await stopped.stop();
    const node = life();
    await node.begin();
    const thought = clock.now();
    clock.jumpAtNextSample(-5 * MINUTE_MS);
    await node.tick();
    assert.deepEqual(await gaps(), [{ kind: 'clock', from: thought - 5 * MINUTE_MS, to: thought }]);
    const from = clock.now();
    clock.advance(30 * SECOND_MS);
    await node.tick();
    assert.deepEqual(
      (await gaps()).filter((gap) => gap.kind === 'ingest'),
      [{ kind: 'ingest', from, to: clock.now() }],
    );
  });
});
