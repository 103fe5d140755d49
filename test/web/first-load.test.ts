/** How much script the dashboard loads before its first page stands. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const built = resolve(import.meta.dirname, '../../web/dist');
const MAX_BYTES = 250_000;

const page = join(built, 'index.html');
const skip = existsSync(page) ? false : 'the dashboard is not built: npm run build:web';

test('the first page needs under 250 kB of compressed script', { skip }, () => {
  const named = [...readFileSync(page, 'utf8').matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g)].map(
    ([, name]) => name ?? '',
  );
  const wanted = new Set(named);
  // What those import before they run.
  for (const name of wanted) {
    const code = readFileSync(join(built, name), 'utf8');
    for (const [, other = ''] of code.matchAll(/(?:from|^import|;import)\s*["']\.\/([\w.-]+\.js)["']/g))
      wanted.add(`assets/${other}`);
  }
  const bytes = [...wanted].reduce((sum, name) => sum + gzipSync(readFileSync(join(built, name))).length, 0);
  assert.ok(wanted.size > 0);
  assert.ok(bytes < MAX_BYTES, `${bytes} bytes in ${[...wanted].join(', ')}`);
  assert.ok(
    ![...wanted].some((name) => readFileSync(join(built, name), 'utf8').includes('u-over')),
    'charts come later',
  );
});
