import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MOUNTS, useDialects } from '../../../test/harness/dialects.ts';
import { createIngest } from '../../watch/ingest.ts';
import { createMonitor } from '../../watch/manage.ts';

const harness = useDialects([]);

/** As CronBox's own page has them. */
const PING = 'curl -fsS https://api.cronbox.ru/ping/abc123';
const START = 'curl -fsS https://api.cronbox.ru/ping/start/abc123/start';
const END = 'curl -fsS https://api.cronbox.ru/ping/end/abc123/end';

for (const mount of MOUNTS) {
  describe(`CronBox ${mount}`, () => {
    const make = async (kind: 'heartbeat' | 'process', key: string) => {
      const { host, teamId } = await harness.ready();
      const schedule = { type: 'period', seconds: 3_600 } as const;
      const wish = { kind, name: key, key, schedule };
      const made = await createMonitor(host.services, { teamId, timezone: 'UTC' }, wish);
      assert.ok('monitor' in made);
      return made.monitor.id;
    };
    const run = async (line: string, key: string) => {
      const { shell, base } = await harness.ready();
      return shell(line.replace('https://api.cronbox.ru', base(mount)).replace('abc123', key));
    };

    test('its lines bring a heartbeat, a start and an end', async () => {
      const { host } = await harness.ready();
      for (const kind of ['heartbeat', 'process'] as const) {
        const key = `abc123${kind}${mount.length}`;
        const id = await make(kind, key);
        for (const line of [PING, START, END]) {
          const ran = await run(line, key);
          assert.deepEqual([ran.code, ran.stdout], [0, 'OK'], ran.stderr);
        }
        assert.deepEqual(
          (await host.signals(id)).map((signal) => signal.kind),
          ['success', 'start', 'success'],
        );
      }
    });

    test('an unknown key makes the line fail', async () => {
      for (const line of [PING, START, END]) assert.equal((await run(line, 'nobodys-key')).code, 22);
    });
  });
}

describe('a ping under a base', () => {
  const target = (secret: string, key: string) => `/in/${secret}/ping/${key}`;

  test('needs the base to be known as well, and counts in all its forms', async () => {
    const { host, teamId, secret, port } = await harness.ready();
    const one = await host.make.monitor(teamId);
    const ask = async (method: string, path: string, more = {}) => host.ask(method, path, { port, ...more });
    for (const [method, path] of [
      ['GET', target(secret, one.key)],
      ['HEAD', target(secret, `${one.key}/start`)],
      ['POST', target(secret, `${one.key}/fail`)],
      ['GET', `//in/${secret}//ping/${one.key}/0`],
      ['GET', `http://watch.test/in/${secret}/ping/${one.key}?rid=0f8fad5b-d9cb-469f-a165-70867728950e`],
    ] as const) {
      assert.equal((await ask(method, path, method === 'POST' ? { body: 'boom' } : {})).status, 200, path);
    }
    const stored = await host.signals(one.id);
    assert.deepEqual(
      stored.map(({ kind }) => kind),
      ['success', 'start', 'fail', 'success', 'success'],
    );
    assert.equal(stored[2]?.body?.toString(), 'boom');
    for (const wrong of [secret.slice(1), `${secret}x`, 'x'.repeat(32), '-', '%', `${secret}%00`]) {
      const answer = await ask('POST', target(wrong, one.key), { body: 'x'.repeat(10_000) });
      assert.deepEqual([answer.status, answer.body], [404, 'not found'], wrong);
    }
    assert.equal((await host.signals(one.id)).length, 5);
    assert.equal((await ask('OPTIONS', target('x'.repeat(32), one.key))).status, 204);
    assert.equal((await ask('DELETE', target(secret, one.key))).status, 405);
  });

  test('is answered 503 while the database is away', async () => {
    const { host, secret } = await harness.ready();
    const { services } = host;
    const gone = () => Promise.reject(Object.assign(new Error('gone'), { code: '57P01' }));
    const database = { ...services.database, query: gone, transaction: gone };
    const refused: number[] = [];
    const onRefused = (at: number) => refused.push(at);
    const ingest = createIngest({
      ...services,
      nodeId: services.newId(),
      database,
      onRefused,
      unrecordedGap: () => null,
    });
    const { port } = await host.another({ database, ingest });
    const answer = await host.ask('GET', target(secret, 'abc12345'), { port });
    assert.equal(answer.status, 503);
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
    assert.deepEqual(refused, [host.clock.now()], 'this node knows that it was blind');
  });
});
