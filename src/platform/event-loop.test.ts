import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { createManualClock } from '../../test/harness/manual-clock.ts';
import { waitFor } from '../../test/harness/wait-for.ts';
import { WINDOW_MS, watchEventLoop } from './event-loop.ts';

const BLOCKED_MS = 400;

function block(): void {
  const until = performance.now() + BLOCKED_MS;
  while (performance.now() < until);
}

test('says how long the event loop was held up, once for each stretch of time', async () => {
  const clock = createManualClock();
  const watch = watchEventLoop(clock);
  try {
    // Nobody has asked yet: what there is so far, as it comes in.
    setImmediate(block);
    // A timer of 50 ms was under way when it began: most of it shows.
    await waitFor('the hold-up', () => watch.delay().max > (BLOCKED_MS - 100) / 1_000);
    clock.advance(WINDOW_MS);
    const told = watch.delay();
    assert.ok(told.max >= told.p99 && told.p99 >= told.median && told.median >= 0);
    assert.ok(told.max > (BLOCKED_MS - 100) / 1_000);
    clock.advance(WINDOW_MS - 1);
    assert.deepEqual(watch.delay(), told, 'whoever else asks is told the same');
    clock.advance(1);
    await waitFor('a new stretch', () => watch.delay() !== told);
    assert.ok(watch.delay().max < told.max, 'which begins without the old one');
  } finally {
    watch.stop();
  }
});
