import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 10;
const GIVE_UP_AFTER_MS = 20_000;

/**
 * Waits until `look` answers something that is true, and answers it. For what has no event of its own, a row that
 * another process writes; everything else should be awaited.
 */
export async function waitFor<T>(what: string, look: () => T | Promise<T>, withinMs = GIVE_UP_AFTER_MS): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(performance.now() < until, `${what}: not within ${withinMs} ms`);
    await pause(LOOK_EVERY_MS);
  }
}
