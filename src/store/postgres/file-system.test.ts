import assert from 'node:assert/strict';
import { statfs } from 'node:fs/promises';
import { test } from 'node:test';
import { riskOfFileSystem } from './file-system.ts';

const MEMORY = '/dev/shm';
const TMPFS = 0x01021994;
const inMemory = await statfs(MEMORY).then(
  ({ type }) => type === TMPFS,
  () => false,
);

test('a data folder in memory is called what it is', { skip: !inMemory && `${MEMORY} is not in memory` }, async () => {
  assert.match((await riskOfFileSystem(MEMORY)) ?? '', /^is in memory \(tmpfs\)/);
});

test('a file system that nobody keeps data on is none of our business', async () => {
  assert.equal(await riskOfFileSystem('/proc'), null);
});
