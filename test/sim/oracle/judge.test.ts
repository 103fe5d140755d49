import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judge } from './judge.ts';
import { usualLimit } from './runs.ts';
import type { Happening, HeardPing, KnownGap, Story, Terms } from './story.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const hourly: Terms = {
  kind: 'heartbeat',
  plan: { type: 'period', seconds: 3_600 },
  graceMs: 5 * MINUTE,
  maxRunMs: null,
  learns: false,
  failAfter: 1,
  earlyMs: MINUTE,
};
const ping = (at: number, kind: HeardPing['kind'] = 'success', change: Partial<HeardPing> = {}): HeardPing => ({
  type: 'ping',
  at,
  kind,
  receivedAt: at,
  reportedAt: null,
  runId: null,
  now: at,
  blind: null,
  ...change,
});
/** Known as it begins: nobody judges in between. */
const gap = (from: number, to: number): KnownGap => ({
  from,
  to,
  knownFrom: from,
  knownUntil: Number.POSITIVE_INFINITY,
});
const tell = (happenings: readonly Happening[], change: Partial<Story> = {}): Story => ({
  createdAt: 0,
  isArmedAtCreation: true,
  terms: hourly,
  happenings,
  gaps: [],
  watching: [{ from: 0, to: 100 * HOUR, offset: 0 }],
  until: 100 * HOUR,
  ...change,
});
/** Cause, opening, ending and its time, in minutes. */
const found = (story: Story, choices?: readonly boolean[]) =>
  judge(story, choices).incidents.map(({ cause, openedAt, ending, endedAt }) => [
    cause,
    openedAt / MINUTE,
    ending,
    endedAt === null ? null : endedAt / MINUTE,
  ]);

describe('the oracle', () => {
  test('silence past the grace is an incident, to the second', () => {
    assert.deepEqual(found(tell([], { until: 65 * MINUTE + 249 })), []);
    assert.deepEqual(found(tell([], { until: 65 * MINUTE + 250 })), [['missed', 65, null, null]]);
  });

  test('a ping within the quarter of a second after the deadline still takes its slot', () => {
    const until = 100 * MINUTE;
    assert.deepEqual(found(tell([ping(65 * MINUTE + 249)], { until })), []);
    assert.deepEqual(found(tell([ping(65 * MINUTE + 300)], { until })), [['missed', 65, 'recovered', 65 + 0.005]]);
  });

  test('one that comes a little early has taken the slot', () => {
    assert.deepEqual(found(tell([ping(59 * MINUTE)], { until: 125 * MINUTE })), []);
    assert.deepEqual(found(tell([ping(58 * MINUTE)], { until: 124 * MINUTE })), [['missed', 123, null, null]]);
  });

  test('a gap excuses a slot once, and a second time only until its grace after the gap', () => {
    const first = gap(62 * MINUTE, 70 * MINUTE);
    assert.deepEqual(found(tell([], { gaps: [first], until: 134 * MINUTE })), []);
    assert.deepEqual(found(tell([], { gaps: [first], until: 136 * MINUTE })), [['missed', 135, null, null]]);
    const second = gap(131 * MINUTE, 133 * MINUTE);
    assert.deepEqual(found(tell([], { gaps: [first, second], until: 140 * MINUTE })), [['missed', 138, null, null]]);
  });

  test('a gap that is recorded after the judgement excuses nothing', () => {
    const late = { ...gap(62 * MINUTE, 63 * MINUTE), knownFrom: 70 * MINUTE };
    assert.deepEqual(found(tell([], { gaps: [late], until: 71 * MINUTE })), [['missed', 65, null, null]]);
  });

  test('while nobody watches nothing is found, and afterwards all is', () => {
    const watching = [
      { from: 0, to: HOUR, offset: 0 },
      { from: 3 * HOUR, to: 4 * HOUR, offset: 0 },
    ];
    assert.deepEqual(found(tell([], { watching, until: 2 * HOUR })), []);
    const { incidents } = judge(tell([], { watching, until: 4 * HOUR }));
    assert.deepEqual(
      incidents.map(({ openedAt, foundAt }) => [openedAt, foundAt]),
      [[65 * MINUTE, 3 * HOUR]],
    );
  });

  test('fails count in a row, and a success ends it', () => {
    const terms = { ...hourly, failAfter: 2 };
    const story = [
      ping(10 * MINUTE, 'fail'),
      ping(20 * MINUTE),
      ping(30 * MINUTE, 'fail'),
      ping(40 * MINUTE, 'fail'),
      ping(50 * MINUTE),
    ];
    assert.deepEqual(found(tell(story, { terms, until: HOUR })), [['failed', 40, 'recovered', 50]]);
  });

  test('a late report from before the deadline withdraws the incident', () => {
    const report = ping(80 * MINUTE, 'success', { reportedAt: 61 * MINUTE });
    assert.deepEqual(found(tell([report], { until: 90 * MINUTE })), [['missed', 65, 'withdrawn', 80]]);
  });

  test('people close what is open, and a resumed monitor counts from then', () => {
    const story: Happening[] = [
      { type: 'paused', at: 70 * MINUTE, now: 70 * MINUTE, pause: { mode: 'by_hand' } },
      { type: 'resumed', at: 80 * MINUTE, now: 80 * MINUTE },
    ];
    const expected = [
      ['missed', 65, 'paused', 70],
      ['missed', 145, null, null],
    ];
    assert.deepEqual(found(tell(story, { until: 150 * MINUTE })), expected);
  });

  test('a process: not started, overran, and an end that comes late', () => {
    const terms: Terms = { ...hourly, kind: 'process', maxRunMs: 10 * MINUTE };
    const story = [ping(60 * MINUTE, 'start', { runId: 'a' }), ping(75 * MINUTE, 'success', { runId: 'a' })];
    const expected = [
      ['overran', 70, 'recovered', 75],
      ['not_started', 125, null, null],
    ];
    assert.deepEqual(found(tell(story, { terms, until: 130 * MINUTE })), expected);
  });

  test('a run whose limit falls into a gap ends without an incident', () => {
    const terms: Terms = { ...hourly, kind: 'process', plan: null, maxRunMs: 10 * MINUTE };
    const story = [ping(60 * MINUTE, 'start')];
    const gaps = [gap(69 * MINUTE, 71 * MINUTE)];
    assert.deepEqual(found(tell(story, { terms, gaps, until: 90 * MINUTE })), []);
  });

  test('where an order is open there are two readings', () => {
    const edit: Happening = {
      type: 'edited',
      at: 65 * MINUTE + 600,
      now: 65 * MINUTE + 600,
      terms: { ...hourly, graceMs: 20 * MINUTE },
      timingChanged: true,
      limitChanged: false,
    };
    const story = tell([edit], { until: 70 * MINUTE });
    assert.equal(judge(story).undecided, 1);
    assert.deepEqual(found(story), [['missed', 65, null, null]]);
    assert.deepEqual(found(story, [true]), []);
  });

  test('what is usual needs ten runs and leaves room', () => {
    assert.equal(usualLimit([1, 2, 3]), null);
    assert.equal(
      usualLimit(Array.from({ length: 10 }, () => 30 * MINUTE)),
      Math.round(30 * MINUTE * Math.exp(0.4)) > 45 * MINUTE ? Math.round(30 * MINUTE * Math.exp(0.4)) : 45 * MINUTE,
    );
    assert.equal(usualLimit(Array.from({ length: 12 }, () => 1_000)), 61_000);
  });
});
