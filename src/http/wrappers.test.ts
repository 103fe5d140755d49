import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import Fastify from 'fastify';
import type { Services } from './services.ts';
import { registerWrappers } from './wrappers.ts';

/** An address that would end a careless quotation. */
const ADDRESS = `https://watch.example/it's"$(id)`;

function serverAt(pingUrl: string) {
  const app = Fastify();
  registerWrappers(app, { pingUrl } as Services);
  return app;
}

describe('the wrappers', () => {
  for (const [file, type] of [
    ['allswell.sh', 'text/x-shellscript; charset=utf-8'],
    ['allswell-run.mjs', 'text/javascript; charset=utf-8'],
  ] as const) {
    test(`${file} is handed out to everybody, and kept by caches`, async () => {
      const app = serverAt('https://watch.example');
      const first = await app.inject({ url: `/${file}` });
      assert.equal(first.statusCode, 200);
      assert.equal(first.headers['content-type'], type);
      assert.match(String(first.headers['cache-control']), /public, max-age=\d+/);
      assert.match(
        first.body,
        /DEFAULT_PING_URL = ?["']https:\/\/watch\.example["']|DEFAULT_PING_URL='https:\/\/watch/,
      );
      const again = await app.inject({ url: `/${file}`, headers: { 'if-none-match': String(first.headers.etag) } });
      assert.equal(again.statusCode, 304);
      assert.equal(again.body, '');
    });
  }

  test('know the address of this install, whatever stands in it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'allswell-served-'));
    try {
      const app = serverAt(ADDRESS);
      const shell = (await app.inject({ url: '/allswell.sh' })).body;
      const line = shell.split('\n').find((one) => one.startsWith('DEFAULT_PING_URL='));
      assert.equal(execFileSync('sh', ['-c', `${line}; printf %s "$DEFAULT_PING_URL"`], { encoding: 'utf8' }), ADDRESS);
      const path = join(folder, 'run.mjs');
      const module = (await app.inject({ url: '/allswell-run.mjs' })).body;
      writeFileSync(path, `${module}\nexport const address = DEFAULT_PING_URL;\n`);
      assert.equal((await import(`${path}?parts`)).address, ADDRESS);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
