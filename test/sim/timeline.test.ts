import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTimeline } from './timeline.ts';

describe('the timeline of a simulation', () => {
  test('fires in the order of time, and of setting where the time is the same', () => {
    const timeline = createTimeline(1_000);
    const fired: string[] = [];
    const fire = (name: string) => () => fired.push(`${name} ${timeline.now()}`);
    timeline.after(20, fire('late'));
    timeline.after(10, fire('one'));
    timeline.after(10, fire('two'));
    timeline.at(1_015, fire('world'));
    for (let steps = 0; steps < 3; steps += 1) timeline.step(9_999);
    assert.deepEqual(fired, ['one 1010', 'two 1010', 'world 1015', 'late 1020']);
  });

  test('what is set for this very instant has its turn in the next step', () => {
    const timeline = createTimeline(0);
    let fired = 0;
    timeline.after(5, () => timeline.after(0, () => (fired += 1)));
    timeline.step(100);
    assert.equal(fired, 0);
    timeline.step(100);
    assert.deepEqual([fired, timeline.now()], [1, 5]);
  });

  test('skipped time postpones timers and brings the world nearer', () => {
    const timeline = createTimeline(0);
    const fired: number[] = [];
    timeline.after(100, () => fired.push(timeline.now()));
    timeline.at(5_000, () => fired.push(timeline.now()));
    timeline.skipTo(9_999);
    assert.equal(timeline.now(), 5_000);
    timeline.step(6_000);
    timeline.step(6_000);
    assert.deepEqual(fired, [5_000, 5_100]);
    assert.deepEqual([timeline.awakeMs(), timeline.skippedMs()], [100, 5_000]);
  });

  test('a cancelled timer does not fire', () => {
    const timeline = createTimeline(0);
    let fired = 0;
    timeline.after(10, () => (fired += 1))();
    timeline.step(50);
    assert.deepEqual([fired, timeline.now()], [0, 50]);
  });
});
