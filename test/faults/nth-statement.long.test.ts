import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { LEASE_MS } from '../../src/alerts/sender.ts';
import { MINUTE_MS } from '../../src/core/instant.ts';
import type { Database } from '../../src/store/database.ts';
import { isRetryable, isUnavailable } from '../../src/store/errors.ts';
import { createDefinitionCache } from '../../src/watch/definitions.ts';
import { createIngest } from '../../src/watch/ingest.ts';
import { createWakeLoop } from '../../src/watch/wake.ts';
import { createAlertRig, heard } from '../harness/alert-rig.ts';
import { useDatabase } from '../harness/database.ts';
import { failNthStatement, STATEMENT_FAILURES, type StatementFailure } from '../harness/failing-database.ts';
import { pingOf, sql, type TestMonitor } from '../harness/fixtures.ts';
import { testLogger } from '../harness/postgres.ts';
import { startHttpReceiver } from '../harness/receivers/http-receiver.ts';
import { waitFor } from '../harness/wait-for.ts';

const db = useDatabase();
const rig = createAlertRig(() => db.database);
const { make, clock } = rig;
after(() => rig.close());

const FAILURES = Object.keys(STATEMENT_FAILURES) as StatementFailure[];
/** More statements than any of these makes: the loops end with the first round in which nothing failed. */
const MAX_STATEMENTS = 60;

/** Does it again and again, with the nth statement failing, until it makes fewer than n; answers how many failed. */
async function atEachStatement(failure: StatementFailure, work: (database: Database, nth: number) => Promise<void>) {
  for (let nth = 1; nth <= MAX_STATEMENTS; nth += 1) {
    const database = failNthStatement(db.database, nth, failure);
    await work(database, nth).catch((error: unknown) => {
      throw new Error(`with ${failure} at statement ${nth} (${database.failedAt})`, { cause: error });
    });
    if (database.failedAt === null) return nth - 1;
  }
  throw new Error(`it makes more than ${MAX_STATEMENTS} statements`);
}

interface Facts extends Record<string, unknown> {
  readonly status: string;
  readonly counted: number;
  readonly logged: number;
  readonly incidents: number;
  readonly notices: number;
  readonly deliveries: number;
  readonly runs: number;
  readonly due: boolean;
}

/** Everything that hangs on one monitor, each as a number. */
async function factsOf({ id }: TestMonitor): Promise<Facts> {
  const [row] = await sql<Facts>(
    db.database,
    `SELECT s.status, s.signal_count AS counted, coalesce(s.wake_at <= $2, false) AS due,
      (SELECT count(*) FROM signal g WHERE g.monitor_id = s.monitor_id) AS logged,
      (SELECT count(*) FROM run r WHERE r.monitor_id = s.monitor_id) AS runs,
      (SELECT count(*) FROM incident i WHERE i.monitor_id = s.monitor_id) AS incidents,
      (SELECT count(*) FROM notice n JOIN incident i ON i.id = n.subject_id WHERE i.monitor_id = s.monitor_id) AS notices,
      (SELECT count(DISTINCT n.delivery_id) FROM notice n JOIN incident i ON i.id = n.subject_id
        JOIN delivery d ON d.id = n.delivery_id WHERE i.monitor_id = s.monitor_id) AS deliveries
      FROM monitor_state s WHERE s.monitor_id = $1`,
    [id, clock.now()],
  );
  assert.ok(row);
  return { ...row };
}

const NOTHING = { counted: 0, logged: 0, incidents: 0, notices: 0, deliveries: 0, runs: 0 };

describe('a statement that fails, whichever it is', () => {
  for (const failure of FAILURES) {
    test(`in a flush of pings, with ${failure}: each ping is stored whole or not at all, and says so`, async () => {
      const failed = await atEachStatement(failure, async (database) => {
        const team = await make.team();
        const channel = await make.channel(team.id);
        const [plain, failing, job] = await Promise.all([
          make.monitor(team.id, { armed: true }),
          make.monitor(team.id, { channels: [channel.id] }),
          make.monitor(team.id, { kind: 'process', maxRunSeconds: 60 }),
        ]);
        const refused: number[] = [];
        const ingest = createIngest({
          database,
          definitions: createDefinitionCache(),
          clock,
          newId: make.newId,
          nodeId: make.newId(),
          logger: testLogger,
          onRefused: (at) => refused.push(at),
          unrecordedGap: () => null,
        });
        const answers = await Promise.all([
          ingest.accept(pingOf(plain.key, clock.now())),
          ingest.accept(pingOf(failing.key, clock.now(), { kind: 'fail', idempotencyKey: `fail ${failing.key}` })),
          ingest.accept(pingOf(job.key, clock.now(), { kind: 'start', runId: job.slug })),
        ]);
        const stored = answers.map((answer) => answer.result === 'stored');
        if (failure === '40001' || failure === '40P01') assert.deepEqual(stored, [true, true, true]);
        assert.equal(refused.length, stored.filter((isStored) => !isStored).length, 'what is refused is a gap');
        const whole = [
          { counted: 1, logged: 1, incidents: 0, notices: 0, deliveries: 0, runs: 0 },
          { counted: 1, logged: 1, incidents: 1, notices: 1, deliveries: 1, runs: 0 },
          { counted: 1, logged: 1, incidents: 0, notices: 0, deliveries: 0, runs: 1 },
        ];
        for (const [index, monitor] of [plain, failing, job].entries()) {
          const { status, due, ...facts } = await factsOf(monitor);
          // Carried out and not heard of: stored, and nobody was told so.
          const mayBeThere = failure === 'lost' && facts.counted === 1;
          assert.deepEqual(
            facts,
            stored[index] || mayBeThere ? whole[index] : NOTHING,
            `ping ${index}, now ${status}, ${due}`,
          );
        }
      });
      assert.ok(failed >= 8, `only ${failed} statements could fail`);
    });

    test(`in a look at deadlines, with ${failure}: the next look finds each once, with its notice`, async () => {
      const failed = await atEachStatement(failure, async (database) => {
        const team = await make.team();
        const channel = await make.channel(team.id);
        const options = { periodSeconds: 60, armed: true, channels: [channel.id] };
        const monitors = await Promise.all([make.monitor(team.id, options), make.monitor(team.id, options)]);
        clock.advance(2 * MINUTE_MS);
        const watcher = (own: Database) =>
          createWakeLoop({
            database: own,
            definitions: createDefinitionCache(),
            clock,
            newId: make.newId,
            logger: testLogger,
            canJudge: () => true,
            oldestPendingAt: () => null,
            settleAll: async () => null,
          });
        await watcher(database)
          .look()
          .catch((error: unknown) => assert.ok(isRetryable(error) || isUnavailable(error), String(error)));
        for (const monitor of monitors) {
          const { status, due, ...facts } = await factsOf(monitor);
          const isFound = status === 'down';
          assert.equal(due, !isFound);
          assert.deepEqual(facts, { ...NOTHING, ...(isFound ? { incidents: 1, notices: 1, deliveries: 1 } : {}) });
        }
        // A server process that was killed holds its locks a moment longer than its connection.
        await waitFor('the looks of a healthy node', async () => {
          await watcher(db.database).look();
          return (await Promise.all(monitors.map(factsOf))).every(({ due }) => !due);
        });
        for (const monitor of monitors) {
          const { status, due, ...facts } = await factsOf(monitor);
          assert.deepEqual(
            { status, due, ...facts },
            { status: 'down', due: false, ...NOTHING, incidents: 1, notices: 1, deliveries: 1 },
          );
        }
        const [fault] = await sql(db.database, 'SELECT monitor_id FROM monitor_state WHERE fault IS NOT NULL');
        assert.equal(fault, undefined, 'no monitor is blamed for it');
      });
      assert.ok(failed >= 5, `only ${failed} statements could fail`);
    });

    test(`in a sending, with ${failure}: it is told, twice at the most, under one key`, async () => {
      const receiver = await startHttpReceiver();
      const failed = await atEachStatement(failure, async (database, nth) => {
        const team = await make.team();
        const path = `/${failure}/${nth}`;
        const channel = await make.channel(team.id, { url: `${receiver.url}${path}` });
        const monitor = await make.monitor(team.id, { channels: [channel.id] });
        await rig.ping(monitor, 'fail');
        const sender = rig.sender(database);
        await sender
          .look()
          .catch((error: unknown) => assert.ok(isRetryable(error) || isUnavailable(error), String(error)));
        // What it came to is written again while the database is away; that wait is on the clock that stands still.
        await waitFor('the end of the sending', () => {
          if (sender.underWay > 0 && clock.pending() > 0) clock.advance(1_000);
          return sender.underWay === 0;
        });
        clock.advance(LEASE_MS);
        await rig.settle(rig.sender());
        const told = receiver.requests.filter((request) => request.path === path).map(heard);
        assert.ok(told.length === 1 || told.length === 2, `told ${told.length} times`);
        assert.equal(new Set(told.map(({ id }) => id)).size, 1);
        const deliveries = await rig.deliveries(channel.id);
        assert.deepEqual(
          deliveries.map(({ state }) => state),
          ['sent'],
        );
        const attempts = await sql(db.database, 'SELECT ok FROM delivery_attempt WHERE delivery_id = $1', [
          deliveries[0]?.id,
        ]);
        assert.deepEqual(
          attempts.map(({ ok }) => ok),
          [true],
          'one attempt is on record',
        );
      });
      assert.ok(failed >= 6, `only ${failed} statements could fail`);
      await receiver.close();
    });
  }
});
