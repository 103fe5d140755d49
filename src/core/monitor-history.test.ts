import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type HistoryFacts, historyParts } from './monitor-history.ts';

const HOUR = 3_600_000;
const nothing: HistoryFacts = {
  from: 0,
  to: 4 * HOUR,
  periodMs: HOUR,
  statusAtFrom: 'up',
  changes: [],
  gaps: [],
  counts: [],
  lengths: [],
  incidents: [],
  unknownSlots: [],
};
const LATER = 100 * HOUR;
const outcomes = (facts: Partial<HistoryFacts>, now = LATER) =>
  historyParts({ ...nothing, ...facts }, 4, now).map(({ outcome }) => outcome);

describe('the history of a monitor', () => {
  test('has parts of equal length that leave nothing out, also where they do not divide evenly', () => {
    const parts = historyParts({ ...nothing, from: 5, to: 15 }, 3, LATER);
    assert.deepEqual(
      parts.map(({ from }) => from),
      [5, 9, 12],
    );
  });

  test('says the worst of each part, and how much of what there was', () => {
    const counts = [
      { part: 0, good: 60, failed: 0, lost: 0, running: 0 },
      { part: 1, good: 59, failed: 1, lost: 0, running: 0 },
      { part: 2, good: 0, failed: 0, lost: 0, running: 1 },
    ];
    const parts = historyParts({ ...nothing, counts, lengths: [{ part: 0, medianMs: 1_500 }] }, 4, LATER);
    assert.deepEqual(
      parts.map(({ outcome, good, failed, medianMs }) => [outcome, good, failed, medianMs]),
      [
        ['success', 60, 0, 1_500],
        ['fail', 59, 1, null],
        ['running', 0, 0, null],
        [null, 0, 0, null],
      ],
    );
  });

  test('counts each period that passed in silence where it fell, and once where there is no period', () => {
    const incidents = [{ code: 'missed', from: 1.5 * HOUR, to: 3.25 * HOUR }] as const;
    const of = (periodMs: number | null) =>
      historyParts({ ...nothing, periodMs, incidents }, 4, LATER).map(({ missed, downMs }) => [missed, downMs / HOUR]);
    assert.deepEqual(of(HOUR / 2), [
      [0, 0],
      [1, 0.5],
      [2, 1],
      [1, 0.25],
    ]);
    assert.deepEqual(
      of(null).map(([missed]) => missed),
      [0, 1, 0, 0],
    );
  });

  test('stays down while nothing comes, up to this moment and not beyond', () => {
    const incidents = [{ code: 'failed', from: 0.5 * HOUR, to: null }] as const;
    assert.deepEqual(outcomes({ incidents }, 2.5 * HOUR), ['down', 'down', 'down', null]);
  });

  test('a silence of years is counted, not walked through', () => {
    const year = 365 * 24 * HOUR;
    const incidents = [{ code: 'missed', from: -5 * year, to: null }] as const;
    const [first] = historyParts({ ...nothing, periodMs: 10_000, incidents }, 1, LATER);
    assert.equal(first?.missed, (4 * HOUR) / 10_000);
  });

  test('tells blind from paused, and both from a time in which nothing was due', () => {
    const changes = [
      { at: 2 * HOUR, to: 'paused' },
      { at: 3 * HOUR, to: 'up' },
    ] as const;
    assert.deepEqual(outcomes({ changes, gaps: [{ from: 0.2 * HOUR, to: 0.4 * HOUR }] }), [
      'unknown',
      null,
      'paused',
      null,
    ]);
    assert.deepEqual(outcomes({ unknownSlots: [HOUR] }), [null, 'unknown', null, null]);
  });
});
