import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GocronJob } from '../../store/gocron-jobs.ts';
import { createJobCache, KNOWN_FOR_MS } from './gocron-cache.ts';

const job = (originKey: string): GocronJob => ({
  id: originKey,
  originKey,
  pingKey: `key of ${originKey}`,
  version: 1,
  periodSeconds: 60,
  graceSeconds: 0,
  addressHash: null,
  gatewayBy: null,
});

test('a job is known to its team, until it is old or forgotten', () => {
  let now = 0;
  const cache = createJobCache({ monotonic: () => now });
  cache.keep('team', [job('a'), job('b')]);
  assert.equal(cache.find('team', 'a')?.id, 'a');
  assert.equal(cache.find('another', 'a'), undefined);
  cache.forget('team', 'b');
  assert.equal(cache.find('team', 'b'), undefined);
  now = KNOWN_FOR_MS;
  assert.equal(cache.find('team', 'a'), undefined);
});

test('the job that was kept longest ago makes room', () => {
  const cache = createJobCache({ monotonic: () => 0 }, 2);
  cache.keep('team', [job('a'), job('b')]);
  cache.keep('team', [job('a'), job('c')]);
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => cache.find('team', key) !== undefined),
    [true, false, true],
  );
});
