import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { AWAY, DAY_MS, queryOf, SPOOL, useScene } from './testing/scene.ts';

describe('the spool', () => {
  const scene = useScene();
  const record = (at: number, body = '') =>
    JSON.stringify({
      version: 1,
      url: `${scene.pingUrl}/0?rid=x`,
      at: new Date(at).toISOString(),
      key: `k${at}`,
      body,
    });
  const nameOf = (at: number) => `${at}-${crypto.randomUUID()}-end.json`;
  const put = (at: number, body?: string) => {
    mkdirSync(join(scene.folder, SPOOL), { recursive: true });
    const name = nameOf(at);
    writeFileSync(join(scene.folder, SPOOL, name), record(at, body));
    return name;
  };
  const late = () => scene.server.requests.filter((request) => queryOf(request).has('at'));

  test('is readable for nobody else, and whole files only', async () => {
    scene.server.setReply(AWAY);
    await scene.run([scene.pingUrl, '--', 'true']);
    assert.equal(statSync(join(scene.folder, SPOOL)).mode & 0o777, 0o700);
    for (const name of scene.spooled()) {
      assert.equal(statSync(join(scene.folder, SPOOL, name)).mode & 0o777, 0o600);
      assert.equal(JSON.parse(readFileSync(join(scene.folder, SPOOL, name), 'utf8')).version, 1);
    }
  });

  test('forgets after seven days, and what is no report', async () => {
    const now = Date.now();
    put(now - 8 * DAY_MS);
    put(now - 6 * DAY_MS);
    const broken = nameOf(now - DAY_MS);
    writeFileSync(join(scene.folder, SPOOL, broken), '{"half": ');
    await scene.run([scene.pingUrl, '--', 'sleep', '0.3']);
    assert.equal(late().length, 1);
    assert.deepEqual(scene.spooled(), []);
  });

  test('stays below ten megabytes: the oldest go', async () => {
    const now = Date.now();
    const oldest = put(now - 3 * DAY_MS, 'x'.repeat(5_000_000));
    const newer = put(now - 2 * DAY_MS, 'x'.repeat(5_000_000));
    scene.server.setReply(AWAY);
    await scene.run([scene.pingUrl, '--', 'true']);
    const names = scene.spooled();
    assert.ok(!names.includes(oldest));
    assert.ok(names.includes(newer));
    assert.equal(names.length, 3);
  });

  test('is sent once by several runs at the same time', async () => {
    const now = Date.now();
    for (let index = 0; index < 20; index += 1) put(now - index * 1_000);
    await Promise.all(Array.from({ length: 4 }, () => scene.run([scene.pingUrl, '--', 'sleep', '0.5'])));
    assert.equal(late().length, 20);
    assert.deepEqual(scene.spooled(), []);
  });

  test('takes back what a killed run had claimed', async () => {
    const name = put(Date.now() - 60_000);
    const folder = join(scene.folder, SPOOL);
    renameSync(join(folder, name), join(folder, `claimed-${Date.now() - 300_000}-${name}`));
    await scene.run([scene.pingUrl, '--', 'sleep', '0.3']);
    assert.equal(late().length, 1);
    assert.deepEqual(scene.spooled(), []);
  });

  test('drops what the server will never take, and says so', async () => {
    put(Date.now() - 60_000);
    scene.server.setReply(({ path }) =>
      path.includes('at=') ? { status: 400, body: 'invalid at: it must not be older' } : { status: 200 },
    );
    const ended = await scene.run([scene.pingUrl, '--', 'sleep', '0.3']);
    assert.match(ended.stderr, /did not take a report of an earlier run: 400 invalid at/);
    assert.deepEqual(scene.spooled(), []);
  });

  test('that cannot be written costs the report and nothing else', async () => {
    scene.server.setReply(AWAY);
    writeFileSync(join(scene.folder, 'state'), 'a file where a folder should be');
    const ended = await scene.run([scene.pingUrl, '--', 'sh', '-c', 'exit 3']);
    assert.equal(ended.code, 3);
    assert.match(ended.stderr, /answered 503, and the report could not be kept: ENOTDIR\n$/);
  });

  test('on a full disk harms nobody', async (context) => {
    const disk = join(scene.folder, 'full');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      return context.skip('a small tmpfs cannot be mounted here');
    }
    try {
      assert.throws(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(200_000)), /ENOSPC/);
      scene.server.setReply(AWAY);
      const ended = await scene.run([scene.pingUrl, '--', 'sh', '-c', 'exit 3'], { env: { XDG_STATE_HOME: disk } });
      assert.equal(ended.code, 3);
      assert.match(ended.stderr, /could not be kept: ENOSPC/);
      const left = readdirSync(disk, { recursive: true }).map(String);
      assert.deepEqual(
        left.filter((name) => name.endsWith('.json')),
        [],
      );
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  test('is left alone while its server is away', async () => {
    const name = put(Date.now() - 60_000);
    scene.server.setReply(AWAY);
    await scene.run([scene.pingUrl, '--', 'true']);
    assert.equal(late().filter(({ path }) => path.includes('rid=x')).length, 0);
    assert.ok(scene.spooled().includes(name));
  });
});
