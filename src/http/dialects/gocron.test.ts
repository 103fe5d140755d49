import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, describe, test } from 'node:test';
import { sql } from '../../../test/harness/fixtures.ts';
import { type AskOptions, usePingServer } from '../../../test/harness/ping-server.ts';
import { testLogger } from '../../../test/harness/postgres.ts';
import { dropInSecret } from '../../accounts/drop-in.ts';
import { createChannelKinds } from '../../alerts/channels/registry.ts';
import { systemClock } from '../../platform/clock.ts';
import { createOutboundDoor } from '../../platform/outbound/door.ts';
import { createIngest } from '../../watch/ingest.ts';
import type { Services } from '../services.ts';

const server = usePingServer();
let team: { id: string };
let port = 0;
let services: Services;
/** What stands before a client's own path, by the mount. */
const bases: Record<'open' | 'secret', string> = { open: '', secret: '' };

async function setUp(): Promise<void> {
  team = await server.make.team();
  const door = createOutboundDoor({ clock: systemClock, privateTargets: true, ownPorts: [] });
  const channelKinds = createChannelKinds({
    door,
    clock: systemClock,
    logger: testLogger,
    publicUrl: 'http://watch.test',
    smtpUrl: null,
    mailFrom: null,
    telegram: { token: null, apiBase: 'http://127.0.0.1:9', proxyUrl: null },
  });
  const config = { ...server.services.config, openDialects: ['gocron'] as const, trustedProxies: ['127.0.0.1'] };
  services = { ...server.services, config, channelKinds };
  port = (await server.another(services)).port;
  const secret = await dropInSecret(services, team.id);
  assert.ok(secret);
  bases.secret = `/in/${secret}`;
  await door.close();
}

let settingUp: Promise<void> | undefined;
/** For every describe: hooks of one file do not wait for each other. */
const isSetUp = () => {
  settingUp ??= setUp();
  return settingUp;
};

interface Cron {
  readonly Cronname: string;
  readonly Account: string;
  readonly Email: string;
  readonly Frequency: number;
  readonly Site: boolean;
  readonly Ipaddress: string;
  readonly Lastruntime: number;
  readonly Alerted: boolean;
}

const ask = (method: string, target: string, more: AskOptions = {}) => server.ask(method, target, { ...more, port });

async function crons(path = '/cron'): Promise<readonly Cron[]> {
  const answer = await ask('GET', path);
  const { Count, Crons } = JSON.parse(answer.body) as { Count: number; Crons: readonly Cron[] };
  assert.equal(Count, Crons.length);
  return Crons;
}

async function cron(name: string): Promise<Cron> {
  const found = (await crons()).filter((one) => one.Cronname === name);
  assert.equal(found.length, 1, `${found.length} jobs are called ${name}`);
  return found[0] as Cron;
}

async function checkIn(query: string, base = ''): Promise<void> {
  const answer = await ask('GET', `${base}/?${query}`);
  assert.deepEqual([answer.status, answer.body], [201, '']);
}

const countMonitors = async () =>
  (await sql<{ n: number }>(server.database, 'SELECT count(*) AS n FROM monitor'))[0]?.n ?? 0;

/** One command line, as a shell runs it; answers what curl says of the exchange. */
function run(line: string): Promise<{ readonly status: string; readonly body: string }> {
  return new Promise((resolve, reject) => {
    execFile('sh', ['-c', line], { timeout: 20_000 }, (error, stdout, stderr) => {
      if (error !== null) reject(error);
      else resolve({ status: /< HTTP\/1\.1 (\d+)/.exec(stderr)?.[1] ?? stderr, body: stdout });
    });
  });
}

describe('the lines of gocron, run by a shell', () => {
  before(isSetUp);
  for (const mount of ['open', 'secret'] as const) {
    const lines = [
      'curl -v "localhost:8080/?cronname=mycronjob&account=myaccount&email=myemail@gmail.com&frequency=3600"',
      'true && curl -v "localhost:8080/?cronname=mycronjob&account=myaccount&email=myemail@gmail.com&frequency=3600"',
      'curl -v "localhost:8080/?cronname=mycronjob&account=myaccount&email=myemail@gmail.com&frequency=3600&site=1"',
      `curl -v -X POST localhost:8080/ -d '{"cronname":"mycronjob","account":"myaccount","email":"myemail@gmail.com","frequency":3600}'`,
    ];
    for (const line of lines) {
      test(`${mount}: ${line}`, async () => {
        const { status, body } = await run(line.replace('localhost:8080', `127.0.0.1:${port}${bases[mount]}`));
        assert.deepEqual([status, body], ['201', '']);
        const mine = await cron('mycronjob');
        const { Lastruntime, ...rest } = mine;
        assert.deepEqual(rest, {
          Cronname: 'mycronjob',
          Account: 'myaccount',
          Email: 'myemail@gmail.com',
          Frequency: 3600,
          Site: line.includes('site=1'),
          Ipaddress: '127.0.0.1',
          Alerted: false,
        });
        assert.equal(Lastruntime, Math.floor(server.clock.now() / 1_000));
      });
    }
  }
});

describe('gocron', () => {
  before(isSetUp);
  test('keeps one job per name and account, and changes it by its check-ins', async () => {
    await checkIn('cronname=changing&account=a&email=one@example.com&frequency=60');
    await checkIn('cronname=changing&account=b&email=one@example.com&frequency=60');
    server.clock.advance(5_000);
    await checkIn('cronname=changing&account=a&email=two@example.com&frequency=120&tolerance=30');
    const found = (await crons()).filter(({ Cronname }) => Cronname === 'changing');
    assert.deepEqual(
      found.map(({ Account, Email, Frequency }) => [Account, Email, Frequency]),
      [
        ['a', 'two@example.com', 120],
        ['b', 'one@example.com', 60],
      ],
    );
    assert.equal((found[0]?.Lastruntime ?? 0) - (found[1]?.Lastruntime ?? 0), 5);
    const [row] = await sql(
      server.database,
      `SELECT m.grace_seconds, m.tags, m.name, s.due_at - s.ref_at AS due, s.signal_count FROM monitor m
        JOIN monitor_state s ON s.monitor_id = m.id WHERE m.origin_key = $1`,
      ['["a","changing"]'],
    );
    assert.deepEqual({ ...row }, { grace_seconds: 30, tags: ['a'], name: 'changing', due: 150_000, signal_count: 2 });
  });

  test('forgets an address that no job uses any more, and shares one that several use', async () => {
    const channels = async () =>
      (
        await sql<{ name: string }>(
          server.database,
          `SELECT name FROM channel WHERE only_chosen AND deleted_at IS NULL AND name LIKE '%@share.example' ORDER BY 1`,
        )
      ).map(({ name }) => name);
    const both = (email: string) =>
      Promise.all(['x', 'y'].map((name) => checkIn(`cronname=${name}&account=s&email=${email}&frequency=60`)));
    await both('old@share.example');
    assert.deepEqual(await channels(), ['old@share.example']);
    await checkIn('cronname=x&account=s&email=new@share.example&frequency=60');
    assert.deepEqual(await channels(), ['new@share.example', 'old@share.example']);
    await both('new@share.example');
    assert.deepEqual(await channels(), ['new@share.example']);
  });

  test('writes no definition when a check-in asks for nothing new', async () => {
    const line = 'cronname=steady&account=a&email=one@example.com&frequency=60';
    await checkIn(line);
    const version = async () =>
      (
        await sql<{ version: number; updated_at: number; xmin: string }>(
          server.database,
          `SELECT version, updated_at, xmin::text FROM monitor WHERE origin_key = $1`,
          ['["a","steady"]'],
        )
      )[0];
    const first = await version();
    server.clock.advance(30_000);
    for (let times = 0; times < 3; times += 1) await checkIn(line);
    assert.deepEqual(await version(), first);
    assert.equal(first?.version, 1);
  });

  test('says again what a person changed meanwhile, and leaves alone what it says nothing of', async () => {
    const line = 'cronname=edited&account=a&email=one@example.com&frequency=60';
    await checkIn(line);
    await sql(
      server.database,
      `WITH m AS (UPDATE monitor SET period_seconds = 600, grace_seconds = 90, version = version + 1,
          description = 'mine' WHERE origin_key = $1 RETURNING id, version)
        UPDATE monitor_state s SET version = m.version FROM m WHERE s.monitor_id = m.id`,
      ['["a","edited"]'],
    );
    await checkIn(line);
    const [row] = await sql(
      server.database,
      'SELECT period_seconds, grace_seconds, description FROM monitor WHERE origin_key = $1',
      ['["a","edited"]'],
    );
    assert.deepEqual({ ...row }, { period_seconds: 60, grace_seconds: 90, description: 'mine' });
  });

  test('makes one job of check-ins that arrive together', async () => {
    const line = 'cronname=together&account=a&email=many@example.com&frequency=60';
    await Promise.all(Array.from({ length: 20 }, () => checkIn(line)));
    const [row] = await sql(
      server.database,
      `SELECT count(*) AS jobs, sum(s.signal_count) AS signals,
          (SELECT count(*) FROM channel WHERE name = 'many@example.com') AS channels
        FROM monitor m JOIN monitor_state s ON s.monitor_id = m.id WHERE m.origin_key = $1`,
      ['["a","together"]'],
    );
    assert.deepEqual({ ...row }, { jobs: 1, signals: '20', channels: 1 });
  });

  test('makes the job anew when a person deleted it', async () => {
    const line = 'cronname=deleted&account=a&email=one@example.com&frequency=60';
    await checkIn(line);
    await sql(
      server.database,
      `WITH m AS (UPDATE monitor SET deleted_at = 1, version = version + 1 WHERE origin_key = $1 RETURNING id, version)
        UPDATE monitor_state s SET version = m.version, wake_at = NULL FROM m WHERE s.monitor_id = m.id`,
      ['["a","deleted"]'],
    );
    await checkIn(line);
    assert.equal((await cron('deleted')).Frequency, 60);
  });

  test('lists an account, and nothing of one whose name begins alike', async () => {
    const awkward = ['list', 'list,', 'list"', 'list","x'];
    for (const account of awkward) {
      await checkIn(`cronname=job&account=${encodeURIComponent(account)}&email=one@example.com&frequency=60`);
    }
    for (const account of awkward) {
      const answer = await ask('GET', `/cron/${encodeURIComponent(account)}`);
      const { Account, Count, Crons } = JSON.parse(answer.body);
      assert.deepEqual([Account, Count], [account, 1]);
      assert.equal(Crons[0].Account, account);
    }
    for (const account of ['nobody', '%00', '%ff', '%', "'%20OR%201=1", 'x'.repeat(2_000)]) {
      const none = await ask('GET', `/cron/${account}`);
      assert.deepEqual([none.status, none.body], [404, ''], account.slice(0, 20));
    }
    assert.equal(JSON.parse((await ask('GET', '/cron/missed')).body).Count, 0);
  });

  test('names the client behind a proxy that is trusted', async () => {
    const target = '/?cronname=proxied&account=a&email=one@example.com&frequency=60';
    await ask('GET', target, { headers: { 'X-Forwarded-For': '203.0.113.9' } });
    assert.equal((await cron('proxied')).Ipaddress, '203.0.113.9');
  });

  test('says that it is well, and what it runs on', async () => {
    for (const base of ['', bases.secret]) {
      const health = await ask('GET', `${base}/healthcheck`);
      assert.deepEqual([health.status, health.body], [200, '']);
      const version = await ask('GET', `${base}/version`);
      assert.equal(version.status, 200);
      const { version: own, database } = JSON.parse(version.body);
      assert.match(own, /^\d+\.\d+/);
      assert.equal(database.type, 'postgres');
      assert.match(database.version, /^\d+/);
    }
  });

  test('says that nothing was stored while the database is away, and knows that it was blind', async () => {
    const gone = () => Promise.reject(Object.assign(new Error('gone'), { code: '57P01' }));
    const database = { ...services.database, query: gone, transaction: gone };
    let refused = 0;
    const onRefused = () => {
      refused += 1;
    };
    const ingest = createIngest({
      ...services,
      nodeId: services.newId(),
      database,
      onRefused,
      unrecordedGap: () => null,
    });
    const away = await server.another({ ...services, database, ingest });
    for (const base of ['', bases.secret]) {
      const line = `${base}/?cronname=away&account=a&email=one@example.com&frequency=60`;
      const answer = await server.ask('GET', line, { port: away.port });
      assert.deepEqual([answer.status, answer.body], [503, '']);
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
      const health = await server.ask('GET', `${base}/healthcheck`, { port: away.port });
      assert.equal(health.status, 500);
      assert.deepEqual(JSON.parse(health.body), { error: 'the database does not answer' });
    }
    assert.equal(refused, 2);
  });

  test('stores nothing of what it refuses, in whichever way it is asked', async () => {
    const good: Readonly<Record<string, string>> = {
      cronname: 'refused',
      account: 'refused',
      email: 'one@example.com',
      frequency: '60',
    };
    const before = await countMonitors();
    const shapes = ['', '%ff', '%00', 'a%0d%0ab', 'x'.repeat(5_000), "';DROP%20TABLE%20monitor;--", '%3Cb%3E', '%'];
    for (const base of ['', bases.secret]) {
      for (const field of Object.keys(good)) {
        for (const shape of shapes) {
          const isName = field === 'cronname' || field === 'account';
          if (isName && (shape.startsWith("'") || shape.startsWith('%3C'))) continue;
          const query = Object.entries({ ...good, [field]: shape }).map(([name, value]) => `${name}=${value}`);
          const answer = await ask('GET', `${base}/?${query.join('&')}`);
          assert.deepEqual([answer.status, answer.body], [404, ''], `${field}=${shape.slice(0, 20)}`);
        }
      }
      for (const body of ['', '[]', '{"cronname":', 'x'.repeat(100_000), '{"cronname":{"$gt":""}}']) {
        const answer = await ask('POST', `${base}/`, { body });
        assert.deepEqual([answer.status, answer.body], [404, ''], body.slice(0, 20));
      }
      const large = await ask('POST', `${base}/`, { body: 'x'.repeat(1_100_000) });
      assert.deepEqual([large.status, large.body], [404, '']);
    }
    assert.equal(await countMonitors(), before);
  });

  test('keeps a name that looks like a statement or a page as the text that it is', async () => {
    for (const name of ["'; DROP TABLE monitor; --", '<script>alert(1)</script>', 'Ночная копия', 'ночь+%&?#/\\']) {
      await checkIn(
        `cronname=${encodeURIComponent(name)}&account=${encodeURIComponent(name)}&email=one@example.com&frequency=60`,
      );
      assert.equal((await cron(name)).Account, name);
    }
  });

  test('is nobody’s without the secret, and closed at the root by default', async () => {
    const line = 'cronname=a&account=a&email=one@example.com&frequency=60';
    const wrong = `/in/${'x'.repeat(32)}`;
    const before = await countMonitors();
    assert.equal((await ask('GET', `${wrong}/?${line}`)).status, 404);
    assert.notEqual((await server.ask('GET', `/?${line}`)).status, 201, 'closed by default');
    assert.equal(await countMonitors(), before);
  });
});

describe('a site of gocron', () => {
  before(isSetUp);
  const behind = async () =>
    (
      await sql<{ job: string; gateway: string }>(
        server.database,
        `SELECT m.origin_key AS job, g.origin_key AS gateway FROM site_member sm JOIN monitor m ON m.id = sm.monitor_id
          JOIN site s ON s.id = sm.site_id JOIN monitor g ON g.id = s.gateway_monitor_id
          WHERE s.name = 'office' ORDER BY 1`,
      )
    ).map(({ job, gateway }) => `${JSON.parse(job)[1]} behind ${JSON.parse(gateway)[1]}`);
  const job = (name: string, more = '', account = 'office') =>
    checkIn(`cronname=${name}&account=${account}&email=one@example.com&frequency=60${more}`);

  test('has the job with site=1 as its gateway, and all others of the account behind it, later ones too', async () => {
    await job('early');
    await job('elsewhere', '', 'officer');
    await job('router', '&site=1');
    await job('late');
    assert.deepEqual(await behind(), ['early behind router', 'late behind router']);
    assert.equal((await cron('router')).Site, true);
    assert.equal((await cron('early')).Site, false);
  });

  test('has another gateway follow when the first one is none any more', async () => {
    await job('router2', '&site=1');
    assert.deepEqual(await behind(), ['early behind router', 'late behind router']);
    assert.equal((await cron('router2')).Site, true);
    await job('router');
    assert.deepEqual(await behind(), ['early behind router2', 'late behind router2', 'router behind router2']);
    await job('router2', '&site=0');
    assert.deepEqual(await behind(), []);
    assert.equal((await cron('router2')).Site, false);
  });

  test('keeps a gateway that a person made', async () => {
    await job('gate', '', 'manual');
    await sql(
      server.database,
      `INSERT INTO site (id, team_id, name, gateway_monitor_id, created_at, updated_at)
        SELECT gen_random_uuid(), team_id, 'mine', id, 0, 0 FROM monitor WHERE origin_key = $1`,
      ['["manual","gate"]'],
    );
    await job('gate', '&site=1', 'manual');
    await job('gate', '', 'manual');
    assert.equal((await sql(server.database, `SELECT 1 FROM site WHERE name = 'mine'`)).length, 1);
  });
});
