import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { at, clockOf, is, process, Watch } from '../../test/core/fixtures.ts';
import { MINUTE_MS } from './instant.ts';
import { LEARN_FROM_RUNS, learnedLimit, MIN_RUNS_TO_LEARN } from './learned.ts';

// max( min(M·e^(4·max(s, 0.1)), 3·M), 1.5·P95 with the top 5 % cut, M + 60 s )

const times = (count: number, ms: number) => Array.from({ length: count }, () => ms);

describe('the learned limit', () => {
  it('needs ten good runs', () => {
    assert.equal(learnedLimit(times(MIN_RUNS_TO_LEARN - 1, 1000)), null);
    assert.notEqual(learnedLimit(times(MIN_RUNS_TO_LEARN, 1000)), null);
  });

  it('of runs that all take 30 min is 1.5 times as long: P95 outweighs e^0.4 = 1.4918', () => {
    assert.deepEqual(learnedLimit(times(10, 30 * MINUTE_MS)), { usualMs: 30 * MINUTE_MS, limitMs: 45 * MINUTE_MS });
  });

  it('of short runs leaves a minute of room', () => {
    assert.deepEqual(learnedLimit(times(10, 2000)), { usualMs: 2000, limitMs: 62_000 });
    assert.deepEqual(learnedLimit(times(10, 0)), { usualMs: 1, limitMs: 60_001 });
  });

  it('follows the spread of the logarithms', () => {
    // M = 10 min; half of the logarithms lie within ln 1.2 of it: s = ln 1.2, e^(4·ln 1.2) = 1.2^4 = 2.0736.
    const minutes = [...times(3, 10 / 1.2), ...times(5, 10), ...times(3, 12)];
    const spread = [...minutes, 10 / 1.2, 12].map((minute) => minute * MINUTE_MS);
    assert.equal(spread.length, 13);
    assert.deepEqual(learnedLimit(spread), { usualMs: 600_000, limitMs: 1_244_160 });
  });

  it('never exceeds three times the median by the spread alone', () => {
    // s = ln 2: e^(4·ln 2) = 16, capped at 3; P95 of the rest is 20 min, and 1.5 times that is 30 min as well.
    const minutes = [...times(5, 5), ...times(2, 10), ...times(6, 20)].map((minute) => minute * MINUTE_MS);
    assert.deepEqual(learnedLimit(minutes), { usualMs: 600_000, limitMs: 1_800_000 });
  });

  it('is 1.5 times the 95th percentile after the longest 5 % were cut off', () => {
    // 19 × 10 min and one outlier: cut; 18 × 10 min and two: one remains, and lies beyond the 95th of 19.
    const cut = [...times(19, 10), 200].map((minute) => minute * MINUTE_MS);
    assert.equal(learnedLimit(cut)?.limitMs, 15 * MINUTE_MS);
    const few = [...times(9, 10), 200].map((minute) => minute * MINUTE_MS);
    assert.equal(learnedLimit(few)?.limitMs, 15 * MINUTE_MS);
    const kept = [...times(18, 10), 40, 200].map((minute) => minute * MINUTE_MS);
    assert.equal(learnedLimit(kept)?.limitMs, 60 * MINUTE_MS);
  });

  it('takes the middle of the two middle runs where their number is even', () => {
    assert.equal(learnedLimit([...times(5, 1000), ...times(5, 3000)])?.usualMs, 2000);
  });

  it('looks at the newest thirty only, whatever their order', () => {
    const grown = [...times(50, 1000), ...times(LEARN_FROM_RUNS, 10 * MINUTE_MS)];
    assert.deepEqual(learnedLimit(grown), learnedLimit(times(LEARN_FROM_RUNS, 10 * MINUTE_MS)));
    const mixed = [9, 3, 5, 1, 7, 2, 8, 4, 6, 10].map((minute) => minute * MINUTE_MS);
    assert.deepEqual(learnedLimit(mixed), learnedLimit(mixed.toReversed()));
  });
});

/** A process by hand that has succeeded `count` times, each run taking two minutes. */
function trained(count: number, given = {}): Watch {
  const settings = { schedule: null, intervalMs: null, maxRunSeconds: 86_400, learn: true, ...given };
  const watch = new Watch(process(settings));
  for (let n = 0; n < count; n += 1) {
    watch.start(at('00:00') + n * 10 * MINUTE_MS, { rid: `run-${n}` });
    watch.success(at('00:02') + n * 10 * MINUTE_MS, { rid: `run-${n}` });
  }
  return watch;
}

const deadlineAfter = (watch: Watch, startedAt: number) => {
  watch.start(startedAt, { rid: 'next' });
  const [run] = watch.state.runs;
  return `${run?.limitBy} ${clockOf(run?.deadlineAt ?? null)}`;
};

describe('a process that learns', () => {
  it('is judged by max_run alone until ten runs were good', () => {
    assert.equal(deadlineAfter(trained(9), at('02:00')), 'max_run 1d 02:00');
  });

  it('is judged by what is usual from the tenth on', () => {
    const watch = trained(10);
    assert.equal(deadlineAfter(watch, at('02:00')), 'learned 02:03');
    watch.wake(at('02:30'));
    is(watch, 'down');
    const [opened] = watch.all('open_incident');
    const data = opened?.cause.code === 'overran' ? opened.cause.data : null;
    assert.deepEqual(data?.limit, { by: 'learned', limitMs: 180_000, usualMs: 120_000 });
    assert.equal(data?.runningMs, 30 * MINUTE_MS);
  });

  it('is judged by max_run where that comes sooner', () => {
    assert.equal(deadlineAfter(trained(10, { maxRunSeconds: 150 }), at('02:00')), 'max_run 02:02:30');
  });

  it('is judged by what is usual also where there is no max_run', () => {
    assert.equal(deadlineAfter(trained(10, { maxRunSeconds: null }), at('02:00')), 'learned 02:03');
  });

  it('does not learn where it shall not', () => {
    const watch = trained(12, { learn: false });
    assert.deepEqual(watch.state.goodDurationsMs, []);
    assert.equal(deadlineAfter(watch, at('02:00')), 'max_run 1d 02:00');
  });

  it('learns from good runs with a known start only, and remembers thirty', () => {
    const watch = trained(35);
    assert.equal(watch.state.goodDurationsMs.length, LEARN_FROM_RUNS);
    const before = watch.state.goodDurationsMs;
    watch.success(at('06:00'));
    watch.start(at('06:10'));
    watch.fail(at('06:11'));
    assert.deepEqual(watch.state.goodDurationsMs, before);
  });

  it('learns from a run whose start was told after its end', () => {
    const watch = trained(0);
    watch.success(at('00:03'), { rid: 'a' });
    watch.start(at('00:01'), { rid: 'a' });
    assert.deepEqual(watch.state.goodDurationsMs, [2 * MINUTE_MS]);
  });

  it('does not take a run to task after a pause for what was usual, only for max_run', () => {
    const watch = trained(10);
    watch.start(at('02:00'), { rid: 'next' });
    watch.pause(at('02:01'));
    watch.resume(at('02:20'));
    assert.deepEqual(
      watch.state.runs.map((run) => `${run.limitBy} ${clockOf(run.deadlineAt)}`),
      ['max_run 1d 02:00'],
    );
  });
});
