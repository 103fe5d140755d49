import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createQueues } from './queues.ts';

test('work under one name goes one at a time in its order, and names do not wait for each other', async () => {
  const queues = createQueues();
  const said: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = queues.run('a', async () => {
    await gate.promise;
    said.push('first');
  });
  const second = queues.run('a', async () => void said.push('second'));
  await queues.run('b', async () => void said.push('other'));
  assert.deepEqual(said, ['other']);
  gate.resolve();
  await Promise.all([first, second]);
  assert.deepEqual(said, ['other', 'first', 'second']);
});

test('work that fails fails for its caller alone', async () => {
  const queues = createQueues();
  const failing = queues.run('a', () => Promise.reject(new Error('no')));
  const next = queues.run('a', async () => 5);
  await assert.rejects(failing, /no/);
  assert.equal(await next, 5);
});
