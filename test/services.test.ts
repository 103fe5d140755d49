import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { createReminders } from '../src/alerts/reminders.ts';
import { createSummaries } from '../src/alerts/summaries/loop.ts';
import { createSingleton } from '../src/store/singleton.ts';
import { createDefinitionCache } from '../src/watch/definitions.ts';
import { createGapNotices } from '../src/watch/gap-notices.ts';
import { createLife } from '../src/watch/life.ts';
import { createUpkeep } from '../src/watch/upkeep.ts';
import { createWakeLoop } from '../src/watch/wake.ts';
import { createAlertRig } from './harness/alert-rig.ts';
import { useDatabase } from './harness/database.ts';
import { testLogger } from './harness/postgres.ts';

const db = useDatabase();
const rig = createAlertRig(() => db.database);
const { clock, make } = rig;
after(() => rig.close());

interface Service {
  start(): void;
  stop(): Promise<void>;
}

/** Everything that runs by itself in a node. */
const services: Readonly<Record<string, () => Service>> = {
  'sign of life': () =>
    createLife({
      database: db.database,
      clock,
      node: { id: make.newId(), host: 'test', pid: 1, roles: ['web', 'watch', 'deliver'] },
      newId: make.newId,
      logger: testLogger,
    }),
  'wake loop': () =>
    createWakeLoop({
      database: db.database,
      definitions: createDefinitionCache(),
      clock,
      newId: make.newId,
      logger: testLogger,
      canJudge: () => true,
      oldestPendingAt: () => null,
      settleAll: async () => null,
    }),
  sender: () => rig.sender(),
  'gap notices': () => createGapNotices({ database: db.database, clock, newId: make.newId, logger: testLogger }),
  summaries: () => createSummaries({ database: db.database, clock, newId: make.newId, logger: testLogger }),
  reminders: () => createReminders({ database: db.database, clock, newId: make.newId, logger: testLogger }),
  singleton: () =>
    createSingleton({
      database: db.database,
      clock,
      logger: testLogger,
      nodeId: make.newId(),
      name: 'a work',
      work: { begin: () => undefined, end: async () => undefined },
    }),
  upkeep: () => createUpkeep({ database: db.database, clock, logger: testLogger, retentionDays: 90 }),
};

/** One loop that looks, and one that keeps a lease. */
const WITH_TWO_TIMERS = new Set(['sender', 'singleton']);

for (const [name, create] of Object.entries(services)) {
  describe(`the ${name}`, () => {
    test('starts and stops many times, and leaves no timer behind', async () => {
      for (let round = 0; round < 30; round += 1) {
        const service = create();
        service.start();
        // At every point of its first steps.
        for (let turn = 0; turn < round % 7; turn += 1) await new Promise(setImmediate);
        await service.stop();
      }
      assert.equal(clock.pending(), 0);
    });

    test('stops before it was started, and does not start afterwards', async () => {
      const service = create();
      await service.stop();
      service.start();
      await service.stop();
      assert.equal(clock.pending(), 0);
    });

    test('stops twice, also at the same time', async () => {
      const service = create();
      service.start();
      await clock.waitForTimer();
      await Promise.all([service.stop(), service.stop()]);
      await service.stop();
      assert.equal(clock.pending(), 0);
    });

    test('started twice it runs once', async () => {
      const service = create();
      service.start();
      await clock.waitForTimer();
      const once = clock.pending();
      service.start();
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
      assert.ok(clock.pending() <= Math.max(once, WITH_TWO_TIMERS.has(name) ? 2 : 1));
      await service.stop();
      assert.equal(clock.pending(), 0);
    });
  });
}
