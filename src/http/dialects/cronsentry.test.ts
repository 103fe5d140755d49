import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { heard } from '../../../test/harness/alert-rig.ts';
import { MOUNTS, useDialects } from '../../../test/harness/dialects.ts';
import { sql } from '../../../test/harness/fixtures.ts';
import { startHttpReceiver } from '../../../test/harness/receivers/http-receiver.ts';
import { HOUR_MS, MINUTE_MS } from '../../core/instant.ts';

const harness = useDialects(['cronsentry']);
const NOBODY = '01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d';

/** As CronSentry's own page has it. */
const CREATE = `curl -X POST http://localhost:8080/api/jobs \\
  -H "Content-Type: application/json" \\
  -d '{
    "name": "Database Backup",
    "description": "Daily database backup job",
    "schedule": "0 0 * * *",
    "grace_time": 15
  }'`;
const PING = 'curl -X POST http://localhost:8080/api/ping/YOUR_JOB_ID';
const PING_IN_CRONTAB = 'curl -s http://your-cronsentry-host:8080/api/ping/YOUR_JOB_ID';

async function make(more: Record<string, unknown> = {}) {
  const server = await harness.ready();
  const body = { name: 'Database Backup', schedule: '0 0 * * *', ...more };
  const made = await server.call('at the root', 'POST', '/api/jobs', { body: JSON.stringify(body) });
  assert.equal(made.status, 201, made.text);
  return made.json;
}

for (const mount of MOUNTS) {
  describe(`CronSentry ${mount}`, () => {
    /** The line as it stands at the root; elsewhere its address alone is another. */
    const run = async (line: string, id = '') => {
      const server = await harness.ready();
      const filled = line.replace('YOUR_JOB_ID', id);
      const based = filled.replace(/http:\/\/[\w.-]+:8080/, server.base(mount));
      const ran = await server.shell(mount === 'at the root' ? filled : based);
      assert.equal(ran.code, 0, ran.stderr);
      return JSON.parse(ran.stdout);
    };

    test('the lines of its page make a job and ping it', async () => {
      const { call, host, teamId } = await harness.ready();
      const job = await run(CREATE);
      const now = new Date(host.clock.now()).toISOString();
      assert.match(job.id, /^[0-9a-f-]{36}$/);
      assert.deepEqual(job, {
        id: job.id,
        name: 'Database Backup',
        description: 'Daily database backup job',
        schedule: '0 0 * * *',
        grace_time: 15,
        timezone: 'UTC',
        last_ping: null,
        next_expect: '2026-01-06T00:00:00.000Z',
        status: 'healthy',
        user_id: teamId,
        created_at: now,
        updated_at: now,
      });
      assert.deepEqual(await run(PING, job.id), { status: 'ok' });
      assert.deepEqual(await run(PING_IN_CRONTAB, job.id), { status: 'ok' });
      const shown = await call(mount, 'GET', `/api/jobs/${job.id}`);
      assert.equal(shown.json.last_ping, now);
      assert.deepEqual(
        (await host.signals(job.id)).map(({ kind, method }) => `${method} ${kind}`),
        ['POST success', 'GET success'],
      );
    });

    test('a job is listed, shown, changed in whole or in part, and deleted', async () => {
      const { call } = await harness.ready();
      const one = await make({ name: 'one', timezone: 'Europe/Moscow' });
      const other = await make({ name: 'two' });
      const listed = await call(mount, 'GET', '/api/jobs');
      const ids = listed.json.map((job: { id: string }) => job.id);
      assert.deepEqual(ids.slice(-2), [one.id, other.id]);
      const whole = {
        name: 'One',
        description: 'new',
        schedule: '30 1 * * *',
        grace_time: 0,
        timezone: 'Asia/Tokyo',
      };
      const put = (body: unknown) => call(mount, 'PUT', `/api/jobs/${one.id}`, { body: JSON.stringify(body) });
      const changed = await put(whole);
      assert.equal(changed.status, 200);
      assert.deepEqual({ ...changed.json, ...whole }, changed.json);
      assert.equal((await put({ grace_time: 7, description: null })).json.grace_time, 7);
      const rest = await call(mount, 'GET', `/api/jobs/${one.id.toUpperCase()}`);
      assert.deepEqual({ ...rest.json, ...whole, grace_time: 7 }, rest.json);
      assert.equal((await put({ timezone: 'UTC' })).json.schedule, '30 1 * * *');
      const deleted = await call(mount, 'DELETE', `/api/jobs/${one.id}`);
      assert.deepEqual([deleted.status, deleted.text], [204, '']);
      for (const [method, path] of [
        ['GET', `/api/jobs/${one.id}`],
        ['DELETE', `/api/jobs/${one.id}`],
        ['PUT', `/api/jobs/${one.id}`],
        ['POST', `/api/jobs/${one.id}/pause`],
        ['POST', `/api/jobs/${one.id}/resume`],
        ['GET', `/api/ping/${one.id}`],
        ['POST', `/api/ping/${NOBODY}`],
        ['GET', '/api/ping/nonsense'],
        ['GET', `/api/jobs/${other.id}/nonsense`],
      ] as const) {
        const gone = await call(mount, method, path, method === 'PUT' ? { body: '{}' } : {});
        assert.deepEqual([gone.status, gone.json], [404, { error: 'not found' }], `${method} ${path}`);
      }
    });

    test('a paused job says so and expects nothing; resumed twice it is healthy', async () => {
      const { call } = await harness.ready();
      const { id } = await make();
      const paused = await call(mount, 'POST', `/api/jobs/${id}/pause`);
      assert.deepEqual([paused.status, paused.json.status, paused.json.next_expect], [200, 'paused', null]);
      assert.equal((await call(mount, 'POST', `/api/ping/${id}`)).status, 200);
      for (const _ of [1, 2]) {
        const resumed = await call(mount, 'POST', `/api/jobs/${id}/resume`);
        assert.deepEqual([resumed.status, resumed.json.status], [200, 'healthy']);
      }
    });

    test('a method that an address does not take is told what it takes', async () => {
      const { call } = await harness.ready();
      const answer = await call(mount, 'PATCH', '/api/jobs', { body: '{}' });
      assert.deepEqual([answer.status, answer.json], [405, { error: 'method not allowed' }]);
      assert.equal(answer.headers.get('allow'), 'POST, GET, HEAD');
    });

    test('what is wrong with a body is said as a sentence, and nothing is stored', async () => {
      const { call, count } = await harness.ready();
      const before = await count();
      const good = { name: 'x', schedule: '0 0 * * *' };
      const bad: readonly (readonly [string | Buffer, RegExp])[] = [
        ['', /JSON object/],
        ['{', /not JSON/],
        ['[]', /JSON object/],
        ['null', /JSON object/],
        ['"x"', /JSON object/],
        [Buffer.from('7b226e616d65223a22ff227d', 'hex'), /UTF-8/],
        [JSON.stringify({ schedule: '0 0 * * *' }), /^name: is missing/],
        [JSON.stringify({ name: 'x' }), /^schedule: is missing/],
        ...(
          [
            [{ name: '' }, /^name: /],
            [{ name: '   ' }, /^name: /],
            [{ name: 5 }, /^name: must be a text/],
            [{ name: null }, /^name: is missing/],
            [{ name: 'x'.repeat(101) }, /^name: .*100/],
            [{ name: 'a\nb' }, /^name: .*one line/],
            [{ name: 'a\0b' }, /^name: .*U\+0000/],
            [{ name: '\ud800' }, /^name: .*Unicode/],
            [{ description: ['x'] }, /^description: must be a text/],
            [{ description: 'x'.repeat(10_001) }, /^description: /],
            [{ schedule: '' }, /^schedule: /],
            [{ schedule: 'nonsense' }, /^schedule: /],
            [{ schedule: '61 0 * * *' }, /^schedule: /],
            [{ schedule: "'; DROP TABLE monitor; --" }, /^schedule: /],
            [{ schedule: '<script>alert(1)</script>' }, /^schedule: /],
            [{ schedule: '* '.repeat(5_000) }, /^schedule: /],
            [{ schedule: 5 }, /^schedule: must be a text/],
            [{ grace_time: -1 }, /^grace_time: /],
            [{ grace_time: 525_601 }, /^grace_time: /],
            [{ grace_time: 1.5 }, /^grace_time: /],
            [{ grace_time: '5' }, /^grace_time: /],
            [{ grace_time: 1e300 }, /^grace_time: /],
            [{ timezone: 'Mars/Base' }, /^timezone: /],
            [{ timezone: 3 }, /^timezone: /],
            [{ timezone: "UTC'; --" }, /^timezone: /],
          ] as const
        ).map(([change, words]) => [JSON.stringify({ ...good, ...change }), words] as const),
      ];
      for (const [body, words] of bad) {
        const answer = await call(mount, 'POST', '/api/jobs', { body: body as string });
        assert.equal(answer.status, 400, String(body).slice(0, 80));
        assert.deepEqual(Object.keys(answer.json), ['error']);
        assert.match(answer.json.error, words);
      }
      assert.equal(await count(), before);
      const job = await make();
      for (const [body, words] of bad.filter(([text]) => String(text).includes('"schedule"'))) {
        const answer = await call(mount, 'PUT', `/api/jobs/${job.id}`, { body: body as string });
        if (/is missing/.test(String(words))) continue;
        assert.equal(answer.status, 400, String(body).slice(0, 80));
      }
      assert.deepEqual((await call(mount, 'GET', `/api/jobs/${job.id}`)).json, job);
    });

    test('a body without end is refused in the same form, and no media type is', async () => {
      const { call } = await harness.ready();
      const huge = await call(mount, 'POST', '/api/jobs', { body: 'x'.repeat(1_100_000) });
      assert.deepEqual([huge.status, huge.json], [413, { error: 'the body is too large' }]);
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'nonsense', 'a/b; charset=x']) {
        const { status } = await call(mount, 'POST', '/api/jobs', {
          headers: { 'content-type': type },
          body: JSON.stringify({ name: 'typed', schedule: '0 0 * * *' }),
        });
        assert.equal(status, 201, type);
      }
    });

    test('SQL and HTML in texts are texts', async () => {
      const { call } = await harness.ready();
      const name = `'); DROP TABLE monitor; --<script>"`;
      const { id } = await make({ name, description: name });
      const { json } = await call(mount, 'GET', `/api/jobs/${id}`);
      assert.deepEqual([json.name, json.description], [name, name]);
      for (const path of [
        "/api/jobs/1' OR '1'='1",
        '/api/ping/%00',
        '/api/ping/%ff',
        `/api/jobs/${'x'.repeat(5_000)}`,
      ]) {
        const answer = await call(mount, 'GET', path);
        assert.deepEqual([answer.status, answer.json], [404, { error: 'not found' }], path);
      }
    });
  });
}

describe('a job of CronSentry', () => {
  const receiver = startHttpReceiver();
  after(async () => (await receiver).close());

  test('is missing when its grace has passed, the team is told, and a ping is a recovery', async () => {
    const { call, host, teamId } = await harness.ready();
    await host.make.channel(teamId, { url: (await receiver).url });
    // The channel of this scene was sealed for the alerts, as all of their settings are.
    const { id } = await make({ name: 'nightly', schedule: '0 13 * * *', grace_time: 15 });
    const status = async () => (await call('at the root', 'GET', `/api/jobs/${id}`)).json;
    await harness.pass(HOUR_MS + 15 * MINUTE_MS - 1);
    assert.equal((await status()).status, 'healthy', 'late is healthy until the grace has passed');
    await harness.pass(1_000);
    const missing = await status();
    assert.equal(missing.status, 'missing');
    assert.equal(missing.next_expect, '2026-01-06T13:00:00.000Z');
    await (await receiver).waitForCount(1);
    assert.equal((await call('at the root', 'GET', `/api/ping/${id}`)).status, 200);
    await harness.pass(1_000);
    await (await receiver).waitForCount(2);
    assert.equal((await status()).status, 'healthy');
    assert.deepEqual(
      (await receiver).requests.map((request) => heard(request).type),
      ['incident.opened', 'incident.resolved'],
    );
  });

  test('is an ordinary monitor, armed from its making, with the id that the API knows', async () => {
    const { host, teamId } = await harness.ready();
    const { id } = await make();
    const [row] = await sql(
      host.database,
      `SELECT team_id, kind, armed_from, origin_dialect, origin_key, origin_number, grace_seconds
        FROM monitor WHERE id = $1`,
      [id],
    );
    assert.deepEqual(
      { ...row },
      {
        team_id: teamId,
        kind: 'heartbeat',
        armed_from: 'creation',
        origin_dialect: 'cronsentry',
        origin_key: id,
        origin_number: null,
        grace_seconds: 300,
      },
    );
  });
});
