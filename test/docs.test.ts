/** The documents say what is true, as far as a machine can tell. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { generatedFiles } from '../docs/generate.ts';
import { SETTINGS } from '../src/config.ts';

const repository = resolve(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(repository, path), 'utf8');
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: repository }).sort();

describe('the documents', () => {
  for (const [path, text] of Object.entries(generatedFiles())) {
    test(`${path} is what npm run docs writes`, () => {
      assert.equal(read(path), text, `${path} is stale: npm run docs`);
    });
  }

  test('name every setting', () => {
    const page = read('docs/configuration.md');
    for (const { env } of Object.values(SETTINGS)) assert.ok(page.includes(`\`${env}\``), env);
  });

  test('give a reason for every package', () => {
    const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, unknown> | undefined>;
    const reasons = read('docs/decisions/0004-dependencies.md');
    const lists = ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides', 'allowScripts'];
    const names = new Set(lists.flatMap((list) => Object.keys(manifest[list] ?? {})));
    const unexplained = [...names].filter((name) => !reasons.includes(`\`${name}\``));
    assert.deepEqual(unexplained, []);
    const explained = [...reasons.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1] ?? '');
    assert.deepEqual(
      explained.filter((name) => !names.has(name)),
      [],
      'packages that are not used any more',
    );
  });

  test('link only to what is there', () => {
    const dead = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map((match) => match[1] ?? '')
        .filter((target) => !existsSync(join(repository, dirname(page), target)))
        .map((target) => `${page} → ${target}`),
    );
    assert.deepEqual(dead, []);
  });

  test('name only files of the product that are there', () => {
    const gone = pages.flatMap((page) =>
      [...read(page).matchAll(/`((?:src|test|docs|packaging|bin)\/[\w./-]+)`/g)]
        .map((match) => match[1] ?? '')
        .filter((path) => !existsSync(join(repository, path)))
        .map((path) => `${page}: ${path}`),
    );
    assert.deepEqual(gone, []);
  });

  test('number the decisions without a hole and list each of them', () => {
    const records = globSync('docs/decisions/[0-9]*.md', { cwd: repository }).sort();
    const index = read('docs/decisions/README.md');
    for (const [place, path] of records.entries()) {
      const name = path.split('/').at(-1) ?? '';
      assert.equal(Number(name.slice(0, 4)), place + 1, name);
      assert.ok(index.includes(`(${name})`), `${name} is not in the list`);
    }
  });

  test('show a check of webhook signatures that works', async () => {
    const [, code = ''] = /```js\n(import[\s\S]*?)```/.exec(read('docs/channels.md')) ?? [];
    const { isFromAllswell } = await import(
      `data:text/javascript,${encodeURIComponent(`${code}export { isFromAllswell };`)}`
    );
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const body = Buffer.from('{"type":"channel.test"}');
    const at = new Date();
    const headers = {
      'webhook-id': 'd1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': `v1,of-another-key ${new Webhook(secret).sign('d1', at, body.toString())}`,
    };
    assert.equal(isFromAllswell(headers, body, secret), true);
    assert.equal(isFromAllswell(headers, Buffer.from('{"type":"channel.tesT"}'), secret), false);
    assert.equal(isFromAllswell({ ...headers, 'webhook-id': 'd2' }, body, secret), false);
    assert.equal(isFromAllswell({ ...headers, 'webhook-timestamp': '1' }, body, secret), false);
    assert.equal(isFromAllswell({}, body, secret), false);
  });
});
