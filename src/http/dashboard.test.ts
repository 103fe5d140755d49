import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import Fastify from 'fastify';
import { DASHBOARD_PATHS, readDashboard, registerDashboard } from './dashboard.ts';

const folder = mkdtempSync(join(tmpdir(), 'allswell-dashboard-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function build(name: string, html: string): string {
  const built = join(folder, name);
  mkdirSync(join(built, 'assets'), { recursive: true });
  writeFileSync(join(built, 'index.html'), html);
  writeFileSync(join(built, 'assets', 'index-abc.js'), 'run()');
  writeFileSync(join(built, 'assets', 'index-abc.js.br'), 'run() in brotli');
  writeFileSync(join(built, 'assets', 'index-abc.js.gz'), 'run() in gzip');
  writeFileSync(join(built, 'assets', 'notes.txt'), 'not served');
  return built;
}

const HTML = '<html><head><base href="/" /></head></html>';

async function serve(publicUrl: string) {
  const dashboard = await readDashboard(publicUrl, build('good', HTML));
  assert.ok(dashboard);
  const app = Fastify();
  registerDashboard(app, dashboard);
  return app;
}

test('the dashboard is one page at all its addresses, and may load from this server only', async () => {
  const app = await serve('http://localhost:8080');
  for (const path of DASHBOARD_PATHS) {
    const answer = await app.inject(path.replace('*', 'some/thing'));
    assert.equal(answer.statusCode, 200, path);
    assert.equal(answer.body, HTML);
    const policy = String(answer.headers['content-security-policy']);
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(answer.headers['cache-control'], 'no-cache');
  }
});

test('what it loads is kept for ever; nothing else of the folder is served', async () => {
  const app = await serve('http://localhost:8080');
  const script = await app.inject('/assets/index-abc.js');
  assert.equal(script.body, 'run()');
  assert.match(String(script.headers['content-type']), /^text\/javascript/);
  assert.match(String(script.headers['cache-control']), /immutable/);
  for (const path of ['/assets/notes.txt', '/assets/none.js', '/assets/..%2findex.html']) {
    assert.equal((await app.inject(path)).statusCode, 404, path);
  }
});

test('what it loads comes as small as its reader takes it', async () => {
  const app = await serve('http://localhost:8080');
  for (const [given, encoding, body] of [
    ['gzip, deflate, br, zstd', 'br', 'run() in brotli'],
    ['gzip', 'gzip', 'run() in gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip', 'run() in gzip'],
    ['identity', undefined, 'run()'],
    ['', undefined, 'run()'],
  ] as const) {
    const answer = await app.inject({ url: '/assets/index-abc.js', headers: { 'accept-encoding': given } });
    assert.equal(answer.headers['content-encoding'], encoding, given);
    assert.equal(answer.body, body);
    assert.equal(answer.headers.vary, 'accept-encoding');
    assert.match(String(answer.headers['content-type']), /^text\/javascript/);
  }
  for (const ending of ['br', 'gz']) assert.equal((await app.inject(`/assets/index-abc.js.${ending}`)).statusCode, 404);
});

test('it knows the path that it is mounted at', async () => {
  const app = await serve('https://ops.example/watch');
  assert.match((await app.inject('/monitors')).body, /<base href="\/watch\/" \/>/);
});

test('a build without a place for its address is no build; without any there is no dashboard', async () => {
  await assert.rejects(readDashboard('http://localhost', build('bad', '<html></html>')), /no place for its base/);
  assert.equal(await readDashboard('http://localhost', join(folder, 'none')), null);
});
