/** packaging/install.sh as the documentation says it, with packages from npm, below another root. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { findFreePort } from '../src/platform/free-port.ts';
import { startProduct } from '../test/e2e/product.ts';

const repository = resolve(import.meta.dirname, '..');
const LIMIT_MS = 240_000;

test('a program installed with packages from npm serves its dashboard, without what only built it', {
  skip: process.platform === 'linux' ? false : 'it is for Linux',
  timeout: LIMIT_MS,
}, async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'allswell-install-'));
  // Started by root, the database runs as another user, who has to pass.
  chmodSync(root, 0o755);
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const outside = (process.env.PATH ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
  const env = { HOME: root, PATH: outside.join(':') };
  const installed = spawnSync(join(repository, 'packaging/install.sh'), ['--destdir', root], {
    encoding: 'utf8',
    env,
    timeout: LIMIT_MS,
  });
  assert.equal(installed.status, 0, `${installed.stdout}${installed.stderr}`);
  const program = join(root, 'opt/allswell');
  assert.deepEqual(readdirSync(join(program, 'web')), ['dist']);
  assert.equal(existsSync(join(program, 'node_modules/vite')), false);

  const product = await startProduct({
    command: ['bin/allswell', 'serve'],
    cwd: program,
    env: { ...env, PORT: String(await findFreePort('127.0.0.1')), ALLSWELL_DATA: join(root, 'data') },
    readyWithinMs: 60_000,
  });
  try {
    const page = await (await fetch(product.url, { headers: { Accept: 'text/html' } })).text();
    const script = /src="([^"]+\.js)"/.exec(page)?.[1];
    assert.ok(script, page);
    assert.equal((await fetch(new URL(script, `${product.url}/`))).status, 200);
  } finally {
    await product.stop();
  }
});
