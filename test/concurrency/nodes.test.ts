import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { testNodesTogether } from './suite.ts';

const SRC = join(import.meta.dirname, '../../src');

testNodesTogether({ name: 'each doing everything' });

test('nobody sends or hears a NOTIFY: what holds with it off holds always', () => {
  const users = globSync('**/*.{ts,sql}', { cwd: SRC }).filter((file) =>
    /\b(LISTEN|NOTIFY|pg_notify)\b/.test(readFileSync(join(SRC, file), 'utf8')),
  );
  assert.deepEqual(users, []);
});
