import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandWords } from './command-words.ts';

const root = join(import.meta.dirname, '../..');

for (const word of ['--version', '-v']) {
  test(`allswell ${word} says which it is`, () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const result = spawnSync(process.execPath, [join(root, 'src/cli/main.ts'), word], { encoding: 'utf8' });
    assert.deepEqual([result.stdout, result.status], [`allswell ${version}\n`, 0]);
  });
}

test('the first start names the command as whoever started it can call it', () => {
  assert.equal(commandWords({ npm_lifecycle_event: 'start' }), 'npm run -s allswell --');
  assert.equal(commandWords({}), 'allswell');
});
