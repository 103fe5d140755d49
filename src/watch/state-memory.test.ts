import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { initialState } from '../core/monitor.ts';
import { PLAIN } from '../store/guarded-moves.ts';
import { createStateMemory } from './state-memory.ts';

describe('the memory of states', () => {
  const remembered = (signalCount: number) => ({
    state: { ...initialState(), ...PLAIN, signalCount, refAt: 1_750_000_000_000 + signalCount, silenceTold: true },
    version: 3,
    guard: 4_294_967_295,
  });

  test('gives back what it was given', () => {
    const memory = createStateMemory(2);
    memory.keep('a', remembered(7));
    memory.keep('a', remembered(8));
    assert.deepEqual(memory.recall('a'), remembered(8));
    assert.equal(memory.recall('b'), undefined);
  });

  test('forgets what it was given longest ago when it is full, and nothing else', () => {
    const memory = createStateMemory(3);
    for (const [index, id] of ['a', 'b', 'c'].entries()) memory.keep(id, remembered(index));
    memory.forget('a');
    memory.keep('a', remembered(10));
    assert.deepEqual(memory.recall('a'), remembered(10));
    memory.keep('d', remembered(11));
    memory.keep('e', remembered(12));
    assert.deepEqual(
      ['a', 'b', 'c', 'd', 'e'].filter((id) => memory.recall(id) !== undefined),
      ['a', 'd', 'e'],
    );
    memory.clear();
    assert.equal(memory.recall('a'), undefined);
    memory.keep('f', remembered(13));
    assert.deepEqual(memory.recall('f'), remembered(13));
  });

  test('says when a state wakes, and carries the guard that was confirmed', () => {
    const memory = createStateMemory(2);
    memory.keep('a', { ...remembered(1), state: { ...remembered(1).state, wakeAt: 1_750_000_000_123 } });
    memory.keep('b', remembered(2));
    assert.deepEqual(
      [memory.wakeAt('a'), memory.wakeAt('b'), memory.wakeAt('c')],
      [1_750_000_000_123, null, undefined],
    );
    memory.confirm('b', 77);
    memory.confirm('c', 78);
    assert.deepEqual(memory.recall('b'), { ...remembered(2), guard: 77 });
    assert.equal(memory.recall('c'), undefined);
  });
});
