/** A server that is away, in every way a server can be: the job knows nothing of it, and no report is lost. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { findFreePort } from '../platform/free-port.ts';
import { KEY, kindsOf, NODES, queryOf, useScene } from './testing/scene.ts';

/** After the job's end the wrapper may take its five seconds, and a busy machine some more. */
const AT_MOST_MS = 9_000;
const SPOOL = 'state/allswell/spool';
const DAY_MS = 86_400_000;

for (const node of NODES) {
  describe(`without a server, on ${node === process.execPath ? 'this Node' : node}`, () => {
    const scene = useScene(node);
    const job = ['--', 'sh', '-c', 'echo done; exit 3'];
    const spoolOf = () => scene.spooled().map((name) => name.replace(/^\d{13}-[0-9a-f-]{36}-/, ''));

    test('that refuses, the exit code stands and the report is kept', async () => {
      const refusing = `http://127.0.0.1:${await findFreePort('127.0.0.1')}`;
      const ended = await scene.run([`${refusing}/ping/${KEY}`, ...job]);
      assert.equal(ended.code, 3);
      assert.ok(ended.ms < AT_MOST_MS, `${ended.ms} ms`);
      const line = `allswell: ${refusing} refused the connection; the report is kept and sent by the next run\n`;
      assert.equal(ended.stderr, line, 'one line, and no key in it');
      assert.deepEqual(spoolOf(), ['start.json', 'end.json']);
    });

    test('that hangs, the same', async () => {
      scene.server.setReply({ hang: true });
      const ended = await scene.run([scene.pingUrl, ...job]);
      assert.equal(ended.code, 3);
      assert.ok(ended.ms < AT_MOST_MS, `${ended.ms} ms`);
      assert.deepEqual(spoolOf(), ['start.json', 'end.json']);
    });

    test('that takes a connection and says nothing more', async () => {
      const silent = createServer().listen(0, '127.0.0.1');
      const { port } = silent.address() as { port: number };
      const ended = await scene.run([`https://127.0.0.1:${port}/ping/${KEY}`, ...job]);
      silent.close();
      assert.equal(ended.code, 3);
      assert.ok(ended.ms < AT_MOST_MS, `${ended.ms} ms`);
    });

    test('that DNS does not know', async () => {
      const ended = await scene.run([`http://allswell.invalid/ping/${KEY}`, ...job]);
      assert.equal(ended.code, 3);
      assert.match(ended.stderr, /allswell\.invalid (is not known to DNS|did not answer in time); the report is kept/);
    });

    test('a signal while reports are waiting ends the wait, with the exit code of the job', async () => {
      scene.server.setReply({ hang: true });
      const running = scene.start([node, ...wrapperWords(), scene.pingUrl, '--', 'sh', '-c', 'echo done; exit 6']);
      await running.line(/^done$/);
      await scene.server.waitForRequest();
      running.child.kill('SIGTERM');
      const ended = await running.ended;
      assert.ok([6, 143].includes(ended.code ?? 0), `either the job was still there or not: ${ended.code}`);
    });

    test('what was kept is sent by the next run, with the time when it happened', async () => {
      const before = Date.now();
      scene.server.setReply({ status: 503, headers: { 'retry-after': '9' } });
      await scene.run([scene.pingUrl, ...job]);
      const after = Date.now();
      const seen = scene.server.requests.length;
      assert.deepEqual(spoolOf(), ['start.json', 'end.json']);
      scene.server.setReply({ status: 200, body: 'OK' });
      await scene.run([scene.pingUrl, '--', 'sleep', '0.3']);
      const late = scene.server.requests.slice(seen).filter((request) => queryOf(request).has('at'));
      assert.deepEqual(
        late.map(({ path }) => path.replace(/^.*\/(\w+)\?.*$/, '$1')),
        ['start', '3'],
      );
      for (const request of late) {
        const at = Date.parse(queryOf(request).get('at') ?? '');
        assert.ok(at >= before - 5 && at <= after, String(at));
        assert.match(request.headers['idempotency-key'] ?? '', /^[0-9a-f-]{36}:(start|end)$/);
      }
      assert.match(late[1]?.text ?? '', /out\| done/);
      assert.deepEqual(scene.spooled(), []);
    });
  });
}

function wrapperWords(): string[] {
  return [new URL('./allswell-run.mjs', import.meta.url).pathname];
}

describe('reports that do not get through at once', () => {
  const scene = useScene();

  test('are tried again, as one and the same', async () => {
    scene.server.script({ status: 503 }, { cut: true });
    const ended = await scene.run([scene.pingUrl, '--', 'sleep', '4.5']);
    assert.equal(ended.stderr, '');
    assert.deepEqual(kindsOf(scene.server), ['start', 'start', 'start', '0']);
    const keys = scene.server.requests.map(({ headers }) => headers['idempotency-key']);
    assert.equal(new Set(keys).size, 2);
    const third = scene.server.requests[2];
    assert.ok(third && queryOf(third).has('at'), 'what is told seconds later says when it happened');
  });

  test('are not tried again where the server said no', async () => {
    scene.server.setReply({ status: 404, body: 'not found' });
    const ended = await scene.run([scene.pingUrl, '--', 'true']);
    assert.equal(ended.stderr, `allswell: ${scene.server.url} did not take the report: 404 not found\n`);
    assert.deepEqual(kindsOf(scene.server), ['start', '0']);
    assert.deepEqual(scene.spooled(), []);
  });

  test('follow a redirect', async () => {
    scene.server.script({ status: 308, headers: { location: '/elsewhere/start?x=1' } });
    await scene.run([scene.pingUrl, '--', 'true']);
    assert.equal(scene.server.requests[1]?.path, '/elsewhere/start?x=1');
  });
});

describe('a clock that is set while a job runs', () => {
  const scene = useScene();
  const jump = (ms: number) =>
    `data:text/javascript,${encodeURIComponent(`
      const real = Date.now.bind(Date); const from = performance.now();
      Date.now = () => real() + (performance.now() - from > 1500 ? ${ms} : 0);`)}`;

  for (const [name, ms] of [
    ['a day ahead', DAY_MS],
    ['a year back', -365 * DAY_MS],
  ] as const) {
    test(`${name}: reports say what the new clock makes of it`, async () => {
      scene.server.setReply({ status: 500 });
      const ended = await scene.run([scene.pingUrl, '--', 'sleep', '2'], {
        env: { NODE_OPTIONS: `--import ${jump(ms)}` },
      });
      assert.equal(ended.code, 0);
      const folder = join(scene.folder, SPOOL);
      const records = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
      const [started, finished] = records.map(({ at }) => Date.parse(at)).sort();
      assert.ok(started && finished);
      const length = finished - started;
      assert.ok(length > 1_900 && length < 10_000, `start and end stay ${length} ms apart`);
      assert.ok(Math.abs(finished - Date.now() - ms) < 60_000);
    });
  }
});

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
    scene.server.setReply({ status: 500 });
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
    const newer = put(now - 2 * DAY_MS, 'x'.repeat(4_999_000));
    scene.server.setReply({ status: 500 });
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
    const { renameSync } = await import('node:fs');
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
    scene.server.setReply({ status: 500 });
    writeFileSync(join(scene.folder, 'state'), 'a file where a folder should be');
    const ended = await scene.run([scene.pingUrl, '--', 'sh', '-c', 'exit 3']);
    assert.equal(ended.code, 3);
    assert.match(ended.stderr, /answered 500, and the report could not be kept: ENOTDIR\n$/);
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
      scene.server.setReply({ status: 500 });
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
    utimesSync(join(scene.folder, SPOOL, name), 1, 1);
    scene.server.setReply({ status: 503 });
    await scene.run([scene.pingUrl, '--', 'true']);
    assert.equal(late().filter(({ path }) => path.includes('rid=x')).length, 0);
    assert.ok(scene.spooled().includes(name));
  });
});
