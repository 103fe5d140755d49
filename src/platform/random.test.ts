import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIdSource, randomBase62, systemRandom } from './random.ts';

function sourceAt(instants: number[]) {
  let next = 0;
  const clock = {
    now: () => instants[Math.min(next++, instants.length - 1)] ?? 0,
    monotonic: () => 0,
    after: () => () => undefined,
  };
  return createIdSource(clock, systemRandom);
}

test('ids are UUIDs v7 that carry the instant of their making', () => {
  const id = sourceAt([1_795_000_000_123])();
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16), 1_795_000_000_123);
});

test('ids of one source grow strictly, within a millisecond, past its room, and when the clock steps back', () => {
  const makeId = sourceAt([...Array<number>(10_000).fill(5_000), 4_000, 3_000, 5_001, 9_000]);
  const ids = Array.from({ length: 10_010 }, makeId);
  assert.deepEqual(ids, [...new Set(ids)].sort());
});

test('random text has the length that was asked for and nothing but letters and digits', () => {
  assert.match(randomBase62(systemRandom, 22), /^[0-9A-Za-z]{22}$/);
});
