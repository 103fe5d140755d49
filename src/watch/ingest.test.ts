import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useDatabase } from '../../test/harness/database.ts';
import { createFixtures, pingOf, sql } from '../../test/harness/fixtures.ts';
import { open, testLogger } from '../../test/harness/postgres.ts';
import { createVirtualClock } from '../../test/harness/virtual-clock.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../core/instant.ts';
import type { Database, Transaction } from '../store/database.ts';
import { createDefinitionCache } from './definitions.ts';
import { createIngest, GATHER_MS, type Ingest, MAX_FLUSHES, MIN_PINGS_BESIDE } from './ingest.ts';
import { MAX_PINGS_PER_FLUSH, MAX_QUEUED_BYTES, MAX_QUEUED_PINGS } from './ping-queue.ts';

const db = useDatabase();
const clock = createVirtualClock();
const make = createFixtures(() => db.database, clock);

interface Taker {
  readonly ingest: Ingest;
  readonly refused: number[];
}

/** The ping side of one node. */
function taker(database: Database = db.database): Taker {
  const refused: number[] = [];
  const ingest = createIngest({
    nodeId: make.newId(),
    database,
    definitions: createDefinitionCache(),
    clock,
    newId: make.newId,
    logger: testLogger,
    onRefused: (at) => refused.push(at),
    unrecordedGap: () => null,
  });
  return { ingest, refused };
}

/** The test database, with a hand in its transactions. */
function watched(around: (run: () => Promise<unknown>, attempt: number) => Promise<unknown>): Database {
  let attempts = 0;
  const base = db.database;
  return {
    pool: base.pool,
    query: base.query,
    close: base.close,
    transaction: <T>(work: (tx: Transaction) => Promise<T>) => {
      attempts += 1;
      return around(() => base.transaction(work), attempts) as Promise<T>;
    },
  };
}

function failure(code: string): Error {
  return Object.assign(new Error(`failed with ${code}`), { code });
}

async function countedBy(monitorId: string): Promise<{ state: number; log: number; numbers: number }> {
  const [row] = await sql<{ state: number; log: number; numbers: number }>(
    db.database,
    `SELECT s.signal_count AS state, count(g.n) AS log, count(DISTINCT g.n) AS numbers FROM monitor_state s
      LEFT JOIN signal g ON g.monitor_id = s.monitor_id WHERE s.monitor_id = $1 GROUP BY 1`,
    [monitorId],
  );
  assert.ok(row);
  return row;
}

describe('pings of a node', () => {
  test('every acknowledged ping is counted exactly once, with several nodes and flushes in flight', async () => {
    const team = await make.team();
    const monitors = await Promise.all(Array.from({ length: 7 }, () => make.monitor(team.id)));
    const nodes = [taker(), taker(open(db.connection)), taker(open(db.connection))];
    const each = 400;
    const answers = await Promise.all(
      nodes.flatMap(({ ingest }) =>
        Array.from({ length: each }, (_, index) =>
          ingest.accept(pingOf(monitors[index % monitors.length]?.key ?? '', clock.now())),
        ),
      ),
    );
    assert.deepEqual(new Set(answers.map((answer) => answer.result)), new Set(['stored']));
    let total = 0;
    for (const monitor of monitors) {
      const { state, log, numbers } = await countedBy(monitor.id);
      assert.equal(state, log);
      assert.equal(numbers, log, 'every signal has a number of its own');
      total += log;
    }
    assert.equal(total, nodes.length * each);
    assert.equal(
      nodes.reduce((sum, { ingest }) => sum + ingest.counters.stored, 0),
      nodes.length * each,
    );
  });

  /** A database in which transactions wait until they are released. */
  function gated() {
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    const held = { now: 0, most: 0 };
    const database = watched(async (run) => {
      held.now += 1;
      held.most = Math.max(held.most, held.now);
      await gate;
      const result = await run();
      held.now -= 1;
      return result;
    });
    return { database, held, release };
  }

  test('a transaction takes no more than its share, and no more than so many are under way', async () => {
    const team = await make.team();
    const monitors = await Promise.all(Array.from({ length: MAX_FLUSHES + 1 }, () => make.monitor(team.id)));
    const { database, held, release } = gated();
    const { ingest } = taker(database);
    const shares = monitors.flatMap((monitor) => Array.from({ length: MAX_PINGS_PER_FLUSH }, () => monitor));
    const answers = shares.map((monitor) => ingest.accept(pingOf(monitor.key, clock.now())));
    await waitFor('as many flushes as may be', () => held.now === MAX_FLUSHES);
    assert.equal(ingest.queued, MAX_PINGS_PER_FLUSH);
    release();
    await Promise.all(answers);
    assert.equal(held.most, MAX_FLUSHES);
    for (const { id } of monitors) assert.equal((await countedBy(id)).log, MAX_PINGS_PER_FLUSH);
  });

  test('those of one monitor are never in two transactions at a time, and let others pass', async () => {
    const team = await make.team();
    const [busy, calm] = [await make.monitor(team.id), await make.monitor(team.id)];
    const { database, held, release } = gated();
    const { ingest } = taker(database);
    const total = 2 * MAX_PINGS_PER_FLUSH;
    const answers = Array.from({ length: total }, () => ingest.accept(pingOf(busy.key, clock.now())));
    for (let count = 0; count < MIN_PINGS_BESIDE; count += 1) {
      answers.push(ingest.accept(pingOf(calm.key, clock.now())));
    }
    await waitFor('a transaction for each', () => held.now === 2);
    assert.equal(ingest.queued, MAX_PINGS_PER_FLUSH);
    release();
    await Promise.all(answers);
    assert.deepEqual(await countedBy(busy.id), { state: total, log: total, numbers: total });
  });

  test('the ping beyond the full queue is refused at once, and this node knows that it was blind', async () => {
    const monitor = await make.monitor((await make.team()).id);
    const { ingest, refused } = taker(watched(() => new Promise(() => undefined)));
    for (let count = 0; count < MAX_QUEUED_PINGS; count += 1) void ingest.accept(pingOf(monitor.key, clock.now()));
    assert.equal(ingest.queued, MAX_QUEUED_PINGS);
    const at = clock.now() + 7;
    assert.deepEqual(await ingest.accept(pingOf(monitor.key, at)), { result: 'unavailable' });
    assert.deepEqual(refused, [at]);
    assert.equal(ingest.counters.refused, 1);
  });

  test('bodies that wait have a bound of their own', async () => {
    const { ingest, refused } = taker(watched(() => new Promise(() => undefined)));
    const body = Buffer.alloc(MAX_QUEUED_BYTES / 4);
    const ping = () => ingest.accept(pingOf('some key', clock.now(), { body, bodySize: body.length }));
    for (let count = 0; count < 4; count += 1) void ping();
    assert.equal(ingest.queued, 4);
    assert.deepEqual(await ping(), { result: 'unavailable' });
    assert.equal(refused.length, 1);
  });

  test('the oldest ping that is not on disk holds the deadlines back, wherever it stands in the queue', async () => {
    const monitor = await make.monitor((await make.team()).id);
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { ingest } = taker(
      watched(async (run) => {
        await gate;
        return run();
      }),
    );
    assert.equal(ingest.oldestPendingAt(), null);
    const now = clock.now();
    const answers = [now - 10, now - 5_000, now].map((at) => ingest.accept(pingOf(monitor.key, at)));
    assert.equal(ingest.oldestPendingAt(), now - 5_000, 'a body that took its time came in behind a younger ping');
    release();
    await Promise.all(answers);
    assert.equal(ingest.oldestPendingAt(), null);
  });

  test('at a moderate rate pings gather company; alone or in a crowd they do not wait', async () => {
    const monitor = await make.monitor((await make.team()).id);
    const own = createVirtualClock(clock.now());
    const ingest = createIngest({
      nodeId: make.newId(),
      database: db.database,
      definitions: createDefinitionCache(),
      clock: own,
      newId: make.newId,
      logger: testLogger,
      onRefused: () => undefined,
      unrecordedGap: () => null,
    });
    const ping = () => ingest.accept(pingOf(monitor.key, own.now()));
    await ping();
    assert.equal(own.pending(), 0, 'a ping that comes alone is stored at once');
    for (let count = 0; count < 30; count += 1) {
      own.advance(5);
      const answer = ping();
      own.advance(GATHER_MS);
      await answer;
    }
    await ingest.settle();
    const flushes = ingest.counters.flushes;
    const answers = [ping(), ping(), ping()];
    assert.equal(own.pending(), 1, 'they wait for each other');
    own.advance(GATHER_MS);
    await Promise.all(answers);
    assert.equal(ingest.counters.flushes, flushes + 1);
  });

  test('drained means answered', async () => {
    const monitor = await make.monitor((await make.team()).id);
    const { ingest } = taker();
    await ingest.drain();
    let answered = 0;
    for (let count = 0; count < 50; count += 1) {
      ingest.accept(pingOf(monitor.key, clock.now())).then(() => {
        answered += 1;
      });
    }
    await ingest.drain();
    assert.equal(answered, 50);
  });
});

describe('pings that meet trouble', () => {
  test('a transaction that lost against another one is tried again, and counts once', async () => {
    const monitor = await make.monitor((await make.team()).id);
    for (const code of ['40001', '40P01']) {
      const { ingest, refused } = taker(
        watched(async (run, attempt) => {
          if (attempt < 3) throw failure(code);
          return run();
        }),
      );
      assert.deepEqual(await ingest.accept(pingOf(monitor.key, clock.now())), { result: 'stored', paused: false });
      assert.deepEqual(refused, []);
    }
    assert.equal((await countedBy(monitor.id)).log, 2);
  });

  test('while the database is away every ping is refused, none is lost, and none is tried alone', async () => {
    for (const code of ['57P01', '08006', 'ECONNREFUSED', '53100', '25006']) {
      let attempts = 0;
      const { ingest, refused } = taker(
        watched(() => {
          attempts += 1;
          return Promise.reject(failure(code));
        }),
      );
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => ingest.accept(pingOf('any key at all', clock.now()))),
      );
      assert.ok(answers.every((answer) => answer.result === 'unavailable'));
      assert.equal(refused.length, 20);
      assert.equal(attempts, 1, `${code} says nothing about a single ping`);
    }
  });

  test('one poison ping is refused alone, and nobody was blind because of it', async () => {
    const team = await make.team();
    const [good, bad] = await Promise.all([make.monitor(team.id), make.monitor(team.id)]);
    // Its count does not fit any more: storing one more ping fails for this monitor alone.
    await sql(db.database, 'UPDATE monitor_state SET signal_count = 9223372036854775807 WHERE monitor_id = $1', [
      bad.id,
    ]);
    const { ingest, refused } = taker();
    const answers = await Promise.all(
      [good, bad, good, good].map((monitor) => ingest.accept(pingOf(monitor.key, clock.now()))),
    );
    assert.deepEqual(
      answers.map((answer) => answer.result),
      ['stored', 'unavailable', 'stored', 'stored'],
    );
    assert.equal((await countedBy(good.id)).log, 3);
    assert.deepEqual(refused, [], 'one bad row must not excuse the silence of everybody else');
    assert.equal(ingest.counters.refused, 1);
  });

  test('when the database goes away while pings are tried one by one, the rest is refused at once', async () => {
    let attempts = 0;
    const { ingest, refused } = taker(
      watched(() => {
        attempts += 1;
        return Promise.reject(failure(attempts === 1 ? '23514' : '57P01'));
      }),
    );
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => ingest.accept(pingOf('any key at all', clock.now()))),
    );
    assert.ok(answers.every((answer) => answer.result === 'unavailable'));
    assert.equal(attempts, 2);
    assert.equal(refused.length, 30);
  });

  test('a server that dies in the middle of a transaction costs that transaction, not the process', async () => {
    const monitor = await make.monitor((await make.team()).id);
    const own = open(db.connection);
    const { ingest, refused } = taker({
      ...own,
      transaction: (work) =>
        own.transaction(async (tx) => {
          const result = await work(tx);
          const [row] = await tx.query<{ pid: number }>({ name: 'own_pid', text: 'SELECT pg_backend_pid() AS pid' });
          await sql(db.database, 'SELECT pg_terminate_backend($1)', [row?.pid]);
          await waitFor('the end of the backend', async () => {
            const [left] = await sql<{ count: number }>(
              db.database,
              'SELECT count(*) FROM pg_stat_activity WHERE pid = $1',
              [row?.pid],
            );
            return left?.count === 0;
          });
          return result;
        }),
    });
    assert.deepEqual(await ingest.accept(pingOf(monitor.key, clock.now())), { result: 'unavailable' });
    assert.equal(refused.length, 1);
    assert.deepEqual(await countedBy(monitor.id), { state: 0, log: 0, numbers: 0 });
    const next = taker(own);
    assert.deepEqual(await next.ingest.accept(pingOf(monitor.key, clock.now())), { result: 'stored', paused: false });
    await own.close();
  });
});

describe('idempotency keys', () => {
  test('count once in a batch, across batches and nodes, and anew after a day', async () => {
    const monitor = await make.monitor((await make.team()).id);
    const other = await make.monitor(monitor.teamId);
    const { ingest } = taker();
    const second = taker(open(db.connection)).ingest;
    const key = 'Ünïcode "quoted" \\ key';
    const retry = (monitorKey = monitor.key) => pingOf(monitorKey, clock.now(), { idempotencyKey: key });
    const batch = await Promise.all([retry(), retry(), pingOf(monitor.key, clock.now())].map(ingest.accept));
    assert.ok(batch.every((answer) => answer.result === 'stored'));
    assert.equal((await countedBy(monitor.id)).log, 2, 'one of the two, and the one without a key');
    await second.accept(retry());
    assert.equal((await countedBy(monitor.id)).log, 2);
    await second.accept(retry(other.key));
    assert.equal((await countedBy(other.id)).log, 1, 'the key of another monitor is another key');
    clock.advance(DAY_MS - SECOND_MS);
    await ingest.accept(retry());
    assert.equal((await countedBy(monitor.id)).log, 2);
    clock.advance(2 * SECOND_MS);
    await Promise.all([retry(), retry()].map(ingest.accept));
    assert.equal((await countedBy(monitor.id)).log, 3);
  });

  test('two nodes that get the same retry at the same time count it once', async () => {
    const monitor = await make.monitor((await make.team()).id);
    const nodes = [taker(), taker(open(db.connection)), taker(open(db.connection))];
    for (let round = 0; round < 10; round += 1) {
      const ping = pingOf(monitor.key, clock.now(), { idempotencyKey: `round ${round}` });
      await Promise.all(nodes.map(({ ingest }) => ingest.accept(ping)));
    }
    assert.equal((await countedBy(monitor.id)).log, 10);
  });
});

describe('what is stored', () => {
  test('a body of 100 kB comes back byte for byte, in the order of arrival', async () => {
    const monitor = await make.monitor((await make.team()).id);
    const { ingest } = taker();
    const bodies = [
      Buffer.from(Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256)),
      null,
      Buffer.from([0]),
      Buffer.from('"}{\\,NULL\n'),
    ];
    await Promise.all(
      bodies.map((body) =>
        ingest.accept(pingOf(monitor.key, clock.now(), { method: 'POST', body, bodySize: body?.length ?? 0 })),
      ),
    );
    const rows = await sql<{ n: number; body: Buffer | null; body_size: number; user_agent: string }>(
      db.database,
      'SELECT n, body, body_size, user_agent FROM signal WHERE monitor_id = $1 ORDER BY n',
      [monitor.id],
    );
    assert.deepEqual(
      rows.map((row) => row.body),
      bodies,
    );
    assert.deepEqual(
      rows.map((row) => row.n),
      [1, 2, 3, 4],
    );
  });

  test('text with every sign that an array literal minds survives', async () => {
    const monitor = await make.monitor((await make.team()).id);
    const userAgent = "a\"b\\c{d},NULL\u{1F600} 'e'\t\n";
    await taker().ingest.accept(pingOf(monitor.key, clock.now(), { userAgent, remoteAddr: '::1' }));
    const [row] = await sql<{ user_agent: string; remote_addr: string }>(
      db.database,
      'SELECT user_agent, remote_addr FROM signal WHERE monitor_id = $1',
      [monitor.id],
    );
    assert.deepEqual({ ...row }, { user_agent: userAgent, remote_addr: '::1' });
  });

  test('START, END and END again of one run in one batch make one run', async () => {
    const monitor = await make.monitor((await make.team()).id, { kind: 'process', maxRunSeconds: 600 });
    const { ingest } = taker();
    const runId = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const now = clock.now() - 10_000;
    await Promise.all([
      ingest.accept(pingOf(monitor.key, now, { kind: 'start', runId })),
      ingest.accept(pingOf(monitor.key, now + 5_000, { runId })),
      ingest.accept(pingOf(monitor.key, now + 6_000, { runId })),
    ]);
    const runs = await sql(db.database, 'SELECT state, started_at, ended_at FROM run WHERE monitor_id = $1', [
      monitor.id,
    ]);
    assert.deepEqual(
      runs.map((run) => ({ ...run })),
      [{ state: 'succeeded', started_at: now, ended_at: now + 5_000 }],
    );
    const signals = await sql<{ not_counted: string | null }>(
      db.database,
      'SELECT not_counted FROM signal WHERE monitor_id = $1 ORDER BY n',
      [monitor.id],
    );
    assert.deepEqual(
      signals.map((signal) => signal.not_counted),
      [null, null, 'repeated'],
    );
  });

  test('a late report acts at its own time when it is news, and only corrects the past when it is not', async () => {
    const monitor = await make.monitor((await make.team()).id);
    const { ingest } = taker();
    const now = clock.now();
    await ingest.accept(pingOf(monitor.key, now, { reportedAt: now - 2 * HOUR_MS }));
    await ingest.accept(pingOf(monitor.key, now, { reportedAt: now - 3 * HOUR_MS }));
    const rows = await sql<{ at: number; not_counted: string | null }>(
      db.database,
      'SELECT at, not_counted FROM signal WHERE monitor_id = $1 ORDER BY n',
      [monitor.id],
    );
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [
        { at: now - 2 * HOUR_MS, not_counted: null },
        { at: now - 3 * HOUR_MS, not_counted: 'outdated' },
      ],
    );
  });

  test('an unknown key is unknown, alone and between known ones', async () => {
    const monitor = await make.monitor((await make.team()).id);
    const { ingest } = taker();
    const answers = await Promise.all(
      ['no such key', monitor.key, ''].map((key) => ingest.accept(pingOf(key, clock.now()))),
    );
    assert.deepEqual(
      answers.map((answer) => answer.result),
      ['unknown', 'stored', 'unknown'],
    );
    assert.equal(ingest.counters.unknown, 2);
  });

  test('a monitor is reached by the name its team gave it', async () => {
    const team = await make.team();
    const monitor = await make.monitor(team.id);
    const { ingest } = taker();
    const named = (teamKey: string, slug: string) =>
      ingest.accept(pingOf(null, clock.now(), { name: { teamKey, slug } }));
    const answers = await Promise.all([
      named(team.pingKey, monitor.slug),
      named(team.pingKey, 'no-such-slug'),
      named('no such team', monitor.slug),
    ]);
    assert.deepEqual(
      answers.map((answer) => answer.result),
      ['stored', 'unknown', 'unknown'],
    );
  });
});
