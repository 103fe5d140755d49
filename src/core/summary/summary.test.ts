import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../instant.ts';
import type { ChannelFacts, IncidentSpan, MonitorFacts, Period } from './facts.ts';
import { scoreMonitor } from './score.ts';
import { createTally, isCalm, MAX_LISTED, type Summary } from './summary.ts';

const TO = Date.UTC(2026, 10, 23, 9);
const day: Period = { from: TO - DAY_MS, to: TO };
const NOTHING = { runs: 0, medianMs: null };

/** An hourly heartbeat that was up all the time. */
function monitor(change: Partial<MonitorFacts> = {}): MonitorFacts {
  return {
    id: 'm',
    name: 'backup',
    kind: 'heartbeat',
    status: 'up',
    intervalMs: HOUR_MS,
    createdAt: TO - 90 * DAY_MS,
    isHeard: true,
    statusAtFrom: 'up',
    changes: [],
    incidents: [],
    goodRuns: 0,
    badRuns: 0,
    durations: NOTHING,
    usual: NOTHING,
    ...change,
  };
}

function incident(change: Partial<IncidentSpan> = {}): IncidentSpan {
  const openedAt = TO - 10 * HOUR_MS;
  return {
    id: 'i',
    code: 'missed',
    openedAt,
    resolvedAt: openedAt + 2 * HOUR_MS + 50 * MINUTE_MS,
    missedSlots: 2,
    furtherCauses: 0,
    ...change,
  };
}

const downs = (one: IncidentSpan) => ({
  incidents: [one],
  changes: [
    { at: one.openedAt, to: 'down' as const },
    ...(one.resolvedAt === null ? [] : [{ at: one.resolvedAt, to: 'up' as const }]),
  ],
});

const channel = (change: Partial<ChannelFacts> = {}): ChannelFacts => ({
  id: 'c',
  name: 'ops',
  kind: 'slack',
  state: 'ok',
  sent: 3,
  failed: 0,
  isUsed: true,
  ...change,
});

function summed(monitors: readonly MonitorFacts[], channels: readonly ChannelFacts[] = [channel()]): Summary {
  const tally = createTally('day', day, []);
  for (const one of monitors) tally.add(one);
  return tally.finish(channels);
}

describe('one monitor', () => {
  test('that was well all day has 24 good slots of 24', () => {
    const { good, all, upMs, downMs } = scoreMonitor(monitor(), day, []);
    assert.deepEqual({ good, all, upMs, downMs }, { good: 24, all: 24, upMs: DAY_MS, downMs: 0 });
  });

  test('that missed 02:00, 03:00 and 04:00 has 21 of 24, and was down for 2 h 50 min', () => {
    const score = scoreMonitor(monitor(downs(incident())), day, []);
    assert.deepEqual(score, {
      good: 21,
      all: 24,
      upMs: DAY_MS - 170 * MINUTE_MS,
      downMs: 170 * MINUTE_MS,
      incidents: 1,
      incidentMs: 170 * MINUTE_MS,
    });
  });

  test('that is still down counts the slots since then by arithmetic', () => {
    const open = incident({ openedAt: TO - 5 * HOUR_MS - MINUTE_MS, resolvedAt: null, missedSlots: 0 });
    const { good, all } = scoreMonitor(monitor({ status: 'down', ...downs(open) }), day, []);
    assert.deepEqual({ good, all }, { good: 18, all: 24 });
  });

  test('that went down before the period brings only its share into it', () => {
    // Down from two hours before until two hours after the beginning, four slots missed beyond the first.
    const old = incident({ openedAt: day.from - 2 * HOUR_MS, resolvedAt: day.from + 2 * HOUR_MS, missedSlots: 4 });
    const facts = {
      incidents: [old],
      statusAtFrom: 'down',
      changes: [{ at: day.from + 2 * HOUR_MS, to: 'up' }],
    } as const;
    const score = scoreMonitor(monitor(facts), day, []);
    assert.deepEqual([score.good, score.all, score.incidentMs], [22, 24, 2 * HOUR_MS]);
  });

  test('that reports its own failure six times in a row has six bad slots', () => {
    const failed = incident({
      code: 'failed',
      openedAt: TO - 10 * HOUR_MS,
      resolvedAt: TO - 4 * HOUR_MS,
      missedSlots: 0,
      furtherCauses: 5,
    });
    const { good, all } = scoreMonitor(monitor(downs(failed)), day, []);
    assert.deepEqual([good, all], [18, 24]);
  });

  test('with runs is counted by its runs, and by the starts that never came', () => {
    const job = monitor({ kind: 'process', goodRuns: 20, badRuns: 1, ...downs(incident({ code: 'not_started' })) });
    const { good, all } = scoreMonitor(job, day, []);
    assert.deepEqual([good, all], [20, 24]);
    const overran = scoreMonitor({ ...job, incidents: [incident({ code: 'overran', missedSlots: 0 })] }, day, []);
    assert.deepEqual([overran.good, overran.all], [20, 21]);
  });

  test('that was blind to us for six hours has 18 slots, and one that was never heard from has none', () => {
    const gap = { from: TO - 8 * HOUR_MS, to: TO - 2 * HOUR_MS };
    const { good, all } = scoreMonitor(monitor(), day, [gap]);
    assert.deepEqual([good, all], [18, 18]);
    const fresh = scoreMonitor(monitor({ status: 'new', statusAtFrom: 'new' }), day, []);
    assert.deepEqual([fresh.good, fresh.all, fresh.upMs], [0, 0, 0]);
  });
});

describe('a team', () => {
  test('is the sum of its monitors', () => {
    const job = monitor({ id: 'j', kind: 'process', goodRuns: 9, badRuns: 1 });
    const { success, uptime, incidents, monitors } = summed([monitor(), monitor(downs(incident())), job]);
    assert.deepEqual(success, { good: 24 + 21 + 9, all: 24 + 24 + 10, ratio: 54 / 58 });
    assert.equal(uptime.ratio, (3 * DAY_MS - 170 * MINUTE_MS) / (3 * DAY_MS));
    assert.deepEqual([incidents.total, incidents.open, incidents.lastedMs], [1, 0, 170 * MINUTE_MS]);
    assert.deepEqual(monitors, { total: 3, new: 0, up: 3, down: 0, paused: 0 });
  });

  test('lists the longest incidents and the noisiest monitors first, five of each', () => {
    const many = Array.from({ length: 8 }, (_, index) =>
      monitor({
        id: `m${index}`,
        incidents: Array.from({ length: index }, (_, place) => {
          const openedAt = day.from + place * HOUR_MS;
          return incident({ id: `${index}.${place}`, openedAt, resolvedAt: openedAt + index * MINUTE_MS });
        }),
      }),
    );
    const { noisy, incidents } = summed(many);
    assert.deepEqual(
      noisy.map(({ id, incidents: count }) => [id, count]),
      [
        ['m7', 7],
        ['m6', 6],
        ['m5', 5],
        ['m4', 4],
        ['m3', 3],
      ],
    );
    assert.equal(incidents.longest.length, MAX_LISTED);
    assert.ok(incidents.longest.every(({ lastedMs }) => lastedMs === 7 * MINUTE_MS));
  });

  test('hears which jobs are slow, and which grew: by a fifth and a second, with enough runs on both sides', () => {
    const timed = (id: string, nowMs: number, usualMs: number | null, runs = 7, usual = 20) =>
      monitor({
        id,
        kind: 'process',
        durations: { runs, medianMs: nowMs },
        usual: { runs: usual, medianMs: usualMs },
      });
    const { slowest, growing } = summed([
      timed('grown', 12 * MINUTE_MS, 8 * MINUTE_MS),
      timed('steady', 60 * MINUTE_MS, 58 * MINUTE_MS),
      timed('doubled', 4 * SECOND_MS, 2 * SECOND_MS),
      timed('tiny', 900, 100),
      timed('few', 40 * MINUTE_MS, 8 * MINUTE_MS, 2),
      timed('young', 40 * MINUTE_MS, 8 * MINUTE_MS, 7, 4),
      timed('first', 30 * MINUTE_MS, null, 7, 0),
    ]);
    assert.deepEqual(
      growing.map(({ id }) => id),
      ['doubled', 'grown'],
    );
    assert.deepEqual(
      slowest.map(({ id }) => id),
      ['steady', 'few', 'young', 'first', 'grown'],
    );
  });

  test('hears of monitors that nobody called within a day, the oldest first, but not of paused ones', () => {
    const silent = (id: string, ageMs: number, status: 'new' | 'paused' = 'new') =>
      monitor({ id, status, statusAtFrom: 'new', isHeard: false, createdAt: TO - ageMs });
    const { neverHeard } = summed([
      silent('young', DAY_MS - 1),
      silent('two', 2 * DAY_MS),
      silent('nine', 9 * DAY_MS),
      silent('paused', 9 * DAY_MS, 'paused'),
    ]);
    assert.equal(neverHeard.total, 2);
    assert.deepEqual(
      neverHeard.first.map(({ id }) => id),
      ['nine', 'two'],
    );
  });

  test('hears of channels that are broken, that lost messages, or that nothing goes to', () => {
    const { failingChannels, unusedChannels } = summed(
      [monitor()],
      [
        channel({ id: 'broken', state: 'broken', isUsed: false }),
        channel({ id: 'loses', failed: 2 }),
        channel({ id: 'idle', isUsed: false, sent: 0 }),
        channel(),
      ],
    );
    assert.deepEqual([failingChannels.total, failingChannels.first.map(({ id }) => id)], [2, ['broken', 'loses']]);
    assert.deepEqual([unusedChannels.total, unusedChannels.first.map(({ id }) => id)], [1, ['idle']]);
  });

  test('is calm when nothing was or is wrong, and not otherwise', () => {
    assert.equal(isCalm(summed([monitor()])), true);
    assert.equal(isCalm(summed([])), true);
    const troubles: readonly Summary[] = [
      summed([monitor(downs(incident()))]),
      summed([monitor({ status: 'down' })]),
      summed([monitor({ kind: 'process', goodRuns: 1, badRuns: 1 })]),
      summed([monitor({ isHeard: false, status: 'new', statusAtFrom: 'new' })]),
      summed([monitor()], [channel({ failed: 1 })]),
    ];
    for (const trouble of troubles) assert.equal(isCalm(trouble), false);
  });
});

const instants = fc.integer({ min: day.from - 3 * DAY_MS, max: TO + DAY_MS });
const statuses = fc.constantFrom('new' as const, 'up' as const, 'down' as const, 'paused' as const);
const spans = fc
  .record({
    id: fc.uuid(),
    code: fc.constantFrom('missed' as const, 'not_started' as const, 'failed' as const, 'overran' as const),
    openedAt: fc.integer({ min: day.from - 3 * DAY_MS, max: TO - 1 }),
    lastedMs: fc.option(fc.integer({ min: 0, max: 4 * DAY_MS })),
    missedSlots: fc.nat(500),
    furtherCauses: fc.nat(100),
  })
  .map(({ lastedMs, ...one }) => ({ ...one, resolvedAt: lastedMs === null ? null : one.openedAt + lastedMs }));
const durations = fc.record({ runs: fc.nat(100), medianMs: fc.option(fc.nat(9_000_000)) });
const anyMonitor: fc.Arbitrary<MonitorFacts> = fc.record({
  id: fc.uuid(),
  name: fc.string(),
  kind: fc.constantFrom('heartbeat' as const, 'process' as const),
  status: statuses,
  intervalMs: fc.option(fc.integer({ min: 1_000, max: 30 * DAY_MS })),
  createdAt: instants,
  isHeard: fc.boolean(),
  statusAtFrom: statuses,
  changes: fc
    .array(fc.record({ at: fc.integer({ min: day.from, max: TO - 1 }), to: statuses }), { maxLength: 6 })
    .map((changes) => changes.sort((one, other) => one.at - other.at)),
  incidents: fc.array(spans, { maxLength: 6 }),
  goodRuns: fc.nat(1_000),
  badRuns: fc.nat(1_000),
  durations,
  usual: durations,
});
const gaps = fc.array(
  fc.tuple(instants, instants).map(([one, other]) => ({ from: Math.min(one, other), to: Math.max(one, other) })),
  { maxLength: 3 },
);

test('whatever the monitors are, the totals are their sums and every share is one', () => {
  fc.assert(
    fc.property(fc.array(anyMonitor, { maxLength: 12 }), gaps, (monitors, blind) => {
      const tally = createTally('day', day, blind);
      for (const one of monitors) tally.add(one);
      const summary = tally.finish([]);
      const scores = monitors.map((one) => scoreMonitor(one, day, blind));
      const sum = (of: (score: (typeof scores)[number]) => number) =>
        scores.reduce((total, score) => total + of(score), 0);
      assert.equal(
        summary.success.good,
        sum(({ good }) => good),
      );
      assert.equal(
        summary.success.all,
        sum(({ all }) => all),
      );
      assert.equal(
        summary.uptime.upMs,
        sum(({ upMs }) => upMs),
      );
      assert.equal(
        summary.uptime.downMs,
        sum(({ downMs }) => downMs),
      );
      assert.equal(
        summary.incidents.lastedMs,
        sum(({ incidentMs }) => incidentMs),
      );
      assert.equal(
        summary.incidents.total,
        sum(({ incidents }) => incidents),
      );
      const { total, ...byStatus } = summary.monitors;
      assert.equal(total, monitors.length);
      assert.equal(total, byStatus.new + byStatus.up + byStatus.down + byStatus.paused);
      for (const { good, all, upMs, downMs } of scores) {
        assert.ok(good >= 0 && good <= all && Number.isInteger(good) && Number.isInteger(all));
        assert.ok(upMs + downMs <= DAY_MS);
      }
      for (const { ratio } of [summary.success, summary.uptime]) {
        assert.ok(ratio === null || (ratio >= 0 && ratio <= 1));
      }
      assert.deepEqual(JSON.parse(JSON.stringify(summary)), summary, 'it survives being kept');
    }),
    { numRuns: 500 },
  );
});

test('the order in which monitors come does not change the numbers', () => {
  fc.assert(
    fc.property(fc.array(anyMonitor, { maxLength: 8 }), (monitors) => {
      const [one, other] = [summed(monitors), summed(monitors.toReversed())];
      assert.deepEqual(
        [one.success, one.uptime, one.monitors, one.incidents.lastedMs],
        [other.success, other.uptime, other.monitors, other.incidents.lastedMs],
      );
      assert.deepEqual(
        one.slowest.map(({ medianMs }) => medianMs),
        other.slowest.map(({ medianMs }) => medianMs),
      );
    }),
    { numRuns: 200 },
  );
});
