/** A server that is away, in every way a server can be: the job knows nothing of it, and no report is lost. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { waitFor } from '../../test/harness/wait-for.ts';
import { findFreePort } from '../platform/free-port.ts';
import { AWAY, DAY_MS, isAlive, KEY, kindsOf, NODES, queryOf, RUN, SPOOL, useScene } from './testing/scene.ts';

/** After the job's end the wrapper may take its five seconds, and a busy machine some more. */
const AT_MOST_MS = 9_000;

/** Name servers are a matter of the whole machine, unless one may make a network and a mount of one's own. */
const canUnshare =
  ['unshare', 'ip'].every((program) => spawnSync(program, ['--version']).error === undefined) &&
  spawnSync('unshare', ['--mount', '--net', 'ip', 'link', 'set', 'lo', 'up']).status === 0;

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
      await once(silent, 'listening');
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

    test('that no name server answers for', {
      skip: canUnshare ? false : 'a network of our own cannot be made',
    }, async () => {
      const settings = join(scene.folder, 'resolv.conf');
      writeFileSync(settings, 'nameserver 127.0.0.1\nnameserver 127.0.0.2\nsearch a.example b.example\n');
      const silence = "require('node:dgram').createSocket('udp4').bind(53, '0.0.0.0', () => console.error('silent'))";
      const script = `
        ip link set lo up && mount --bind ${settings} /etc/resolv.conf || exit 99
        ${process.execPath} -e "${silence}" 2>${scene.folder}/dns & silent=$!
        while [ ! -s ${scene.folder}/dns ]; do sleep 0.05; done
        ${node} ${RUN} http://watch.example/ping/${KEY} ${job.map((word) => `'${word}'`).join(' ')}
        code=$?; kill $silent; exit $code`;
      const ended = await scene.start(['unshare', '--mount', '--net', 'sh', '-c', script]).ended;
      assert.equal(ended.code, 3, ended.stderr);
      assert.ok(ended.ms < AT_MOST_MS, `${ended.ms} ms`);
      assert.match(ended.stderr, /watch\.example did not answer in time; the report is kept/);
      assert.deepEqual(spoolOf(), ['start.json', 'end.json']);
    });

    test('a signal while reports are waiting ends the wait, with the exit code of the job', async () => {
      scene.server.setReply({ hang: true });
      const running = scene.start([node, RUN, scene.pingUrl, '--', 'sh', '-c', 'echo done $$; exit 6']);
      const pid = Number((await running.line(/^done/)).split(' ')[1]);
      await waitFor('the job has ended', () => !isAlive(pid));
      running.child.kill('SIGTERM');
      assert.equal((await running.ended).code, 6);
      assert.deepEqual(spoolOf(), ['start.json', 'end.json']);
    });

    test('what was kept is sent by the next run, with the time when it happened', async () => {
      const before = Date.now();
      scene.server.setReply(AWAY);
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
      scene.server.setReply(AWAY);
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
