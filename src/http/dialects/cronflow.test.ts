import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { MOUNTS, useDialects } from '../../../test/harness/dialects.ts';
import { sql } from '../../../test/harness/fixtures.ts';
import { type SlackReceiver, startSlackReceiver } from '../../../test/harness/receivers/slack-receiver.ts';
import { HOUR_MS, MINUTE_MS } from '../../core/instant.ts';
import { hashApiKey, insertApiKey } from '../../store/api-keys.ts';

const harness = useDialects(['cronflow']);
const SCRIPT = new URL('../../../test/dialects/monitor.sh', import.meta.url);

/** As Cronflow's own page has it, in one line with a backslash that continues nothing. */
const REGISTER = `curl -X POST "http://127.0.0.1:8000/jobs" \\ -H "Content-Type: application/json" -d '{"name": "daily-database-backup", "schedule": "0 2 * * *"}'`;
const JSON_TYPE = { 'content-type': 'application/json' };

let made = 0;
async function make(more: Record<string, unknown> = {}) {
  const server = await harness.ready();
  made += 1;
  const body = JSON.stringify({ name: `job-${made}`, schedule: '0 2 * * *', ...more });
  const answer = await server.call('at the root', 'POST', '/jobs', { headers: JSON_TYPE, body });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

const report = async (name: string, word: string) =>
  (await harness.ready()).call('at the root', 'POST', `/jobs/${name}/${word}`);

for (const mount of MOUNTS) {
  describe(`Cronflow ${mount}`, () => {
    const based = async (line: string, name: string) => {
      const { base } = await harness.ready();
      const named = line.replace('daily-database-backup', name);
      return mount === 'at the root' ? named : named.replace('http://127.0.0.1:8000', base(mount));
    };

    test('its line registers the job, as a shell reads it and as it was meant', async () => {
      const { shell, call, host } = await harness.ready();
      // `\ -H` is one word that begins with a space: to curl two more addresses, which it cannot reach, and no header.
      // What it posts is therefore called a form; it is taken nevertheless.
      const asItStands = await shell(await based(REGISTER, `standing ${mount}`));
      assert.notEqual(asItStands.code, 0);
      const meant = await shell((await based(REGISTER, `meant ${mount}`)).replace('\\ ', '\\\n'));
      assert.equal(meant.code, 0, meant.stderr);
      const job = JSON.parse(meant.stdout);
      const now = new Date(host.clock.now()).toISOString();
      assert.deepEqual(job, {
        name: `meant ${mount}`,
        schedule: '0 2 * * *',
        id: job.id,
        status: 'pending',
        last_run: now,
        created_at: now,
      });
      const { json } = await call(mount, 'GET', '/jobs');
      assert.deepEqual(
        json.slice(-2).map(({ name, id }: { name: string; id: number }) => [name, id]),
        [
          [`standing ${mount}`, job.id - 1],
          [`meant ${mount}`, job.id],
        ],
      );
    });

    test('its wrapper runs unmodified: start, success or failure, and the exit code of the command', async () => {
      const { shell, host, call } = await harness.ready();
      const name = `wrapped-${mount.length}`;
      await make({ name });
      const path = join(tmpdir(), `allswell-monitor-${process.pid}-${mount.length}.sh`);
      await writeFile(path, await based(await readFile(SCRIPT, 'utf8'), name));
      const good = await shell(`bash ${path} "${name}" echo "the work"`);
      assert.equal(good.code, 0);
      assert.match(good.stdout, /"status":"running"[\s\S]*the work\n[\s\S]*"status":"success"/);
      assert.equal(good.stderr, '');
      const bad = await shell(`bash ${path} "${name}" sh -c 'exit 7'`);
      assert.equal(bad.code, 7);
      assert.match(bad.stdout, /"status":"running"[\s\S]*"status":"failure"/);
      const unknown = await shell(`bash ${path} "nobody" sh -c 'exit 3'`);
      assert.equal(unknown.code, 3);
      assert.match(unknown.stderr, /404[\s\S]*Warning/);
      const [row] = await sql<{ id: string }>(host.database, 'SELECT id FROM monitor WHERE name = $1', [name]);
      assert.deepEqual(
        (await host.signals(row?.id ?? '')).map(({ kind }) => kind),
        ['start', 'success', 'start', 'fail'],
      );
      const { json } = await call(mount, 'GET', '/jobs');
      assert.equal(json.find((job: { name: string }) => job.name === name).status, 'failure');
    });

    test('names stand in addresses as they are', async () => {
      const { shell, base } = await harness.ready();
      const start = (name: string) => shell(`curl -sS --fail -X POST "${base(mount)}/jobs/${name}/start"`);
      const end = mount === 'at the root' ? '' : '.';
      for (const plain of ['50%', '100%-sure', 'отчёт', 'a+b', "it's", '%zz', 'x'.repeat(99), 'ф'.repeat(99)]) {
        const name = `${plain}${end}`;
        await make({ name });
        const ran = await start(name);
        assert.equal(ran.code, 0, `${name}: ${ran.stderr}`);
        assert.equal(JSON.parse(ran.stdout).name, name);
      }
      // This one curl does not even send, whoever listens.
      assert.equal((await start('two words')).code, 3);
    });

    test('it greets who wants JSON at its root', async () => {
      const { call } = await harness.ready();
      for (const method of ['GET', 'HEAD']) assert.equal((await call(mount, method, '/')).status, 200);
      const { json } = await call(mount, 'GET', '/');
      assert.match(json.message, /See https:\/\/watch\.example\/docs/);
    });

    test('unknown names, taken names and other addresses are answered in its words', async () => {
      const { call } = await harness.ready();
      const { name } = await make();
      const again = await call(mount, 'POST', '/jobs', { headers: JSON_TYPE, body: JSON.stringify({ name }) });
      assert.deepEqual([again.status, again.json], [400, { detail: `Job with name '${name}' already registered.` }]);
      for (const word of ['start', 'success', 'failure']) {
        const { status, json } = await call(mount, 'POST', `/jobs/no%20such/${word}`);
        assert.deepEqual([status, json], [404, { detail: "Job with name 'no such' not found." }]);
      }
      for (const odd of ["x' OR '1'='1", '<script>', '%00', '%ff%fe', '%', 'n'.repeat(20_000)]) {
        const { status, json } = await call(mount, 'POST', `/jobs/${odd.replace(/[<> ]/g, encodeURIComponent)}/start`);
        assert.equal(status, 404, odd.slice(0, 20));
        assert.match(json.detail, /^Job with name '[\s\S]{0,300}' not found\.$/);
      }
      for (const [method, path] of [
        ['GET', '/jobs/x'],
        ['POST', '/jobs/x/finish'],
        ['POST', '/jobs//start/more'],
      ] as const) {
        const { status, json } = await call(mount, method, path);
        assert.deepEqual([status, json], [404, { detail: 'Not Found' }], path);
      }
      for (const [method, path, allow] of [
        ['DELETE', '/jobs', 'POST, GET, HEAD'],
        ['GET', '/jobs/x/start', 'POST'],
      ] as const) {
        const answer = await call(mount, method, path);
        assert.deepEqual([answer.status, answer.json], [405, { detail: 'Method Not Allowed' }], path);
        assert.equal(answer.headers.get('allow'), allow);
      }
    });

    test('the list goes by skip and limit, and refuses what is no number', async () => {
      const { call } = await harness.ready();
      for (let count = 0; count < 3; count += 1) await make();
      const all = (await call(mount, 'GET', '/jobs')).json.map(({ id }: { id: number }) => id);
      assert.deepEqual(
        all,
        all.toSorted((a: number, b: number) => a - b),
      );
      const ids = async (query: string) =>
        (await call(mount, 'GET', `/jobs?${query}`)).json.map(({ id }: { id: number }) => id);
      assert.deepEqual(await ids('skip=1&limit=2'), all.slice(1, 3));
      assert.deepEqual(await ids('limit=0'), []);
      assert.deepEqual(await ids('limit=5.0&skip=0&other=x'), all.slice(0, 5));
      assert.deepEqual(await ids(`skip=${'9'.repeat(30)}`), []);
      assert.deepEqual(await ids('limit=99999999999'), all);
      const finding = (name: string, input: string) => ({
        type: 'int_parsing',
        loc: ['query', name],
        msg: 'Input should be a valid integer, unable to parse string as an integer',
        input,
      });
      const wrong = await call(mount, 'GET', `/jobs?skip=x&limit=${encodeURIComponent("1'; --")}`);
      assert.deepEqual(
        [wrong.status, wrong.json],
        [422, { detail: [finding('skip', 'x'), finding('limit', "1'; --")] }],
      );
      assert.deepEqual((await call(mount, 'GET', '/jobs?skip=')).json, { detail: [finding('skip', '')] });
      assert.deepEqual((await call(mount, 'GET', '/jobs?limit=1.5')).json, { detail: [finding('limit', '1.5')] });
      assert.equal((await call(mount, 'GET', '/jobs?limit=%ff&skip=%00')).status, 422);
      assert.deepEqual((await call(mount, 'GET', '/jobs?skip=-1')).json, {
        detail: [
          {
            type: 'greater_than_equal',
            loc: ['query', 'skip'],
            msg: 'Input should be greater than or equal to 0',
            input: '-1',
            ctx: { ge: 0 },
          },
        ],
      });
    });

    test('a wrong body is refused as FastAPI does it, and nothing is stored', async () => {
      const { call, count } = await harness.ready();
      const before = await count();
      const at = (field: string) => ['body', field];
      const text = 'Input should be a valid string';
      const cases: readonly (readonly [string | Buffer, unknown])[] = [
        ['', [{ type: 'missing', loc: ['body'], msg: 'Field required', input: null }]],
        ['null', [{ type: 'missing', loc: ['body'], msg: 'Field required', input: null }]],
        ['{}', [{ type: 'missing', loc: at('name'), msg: 'Field required', input: {} }]],
        ['{"schedule":"x"}', [{ type: 'missing', loc: at('name'), msg: 'Field required', input: { schedule: 'x' } }]],
        ['{"name":5}', [{ type: 'string_type', loc: at('name'), msg: text, input: 5 }]],
        ['{"name":null}', [{ type: 'string_type', loc: at('name'), msg: text, input: null }]],
        [
          '{"name":["x"],"schedule":7}',
          [
            { type: 'string_type', loc: at('name'), msg: text, input: ['x'] },
            { type: 'string_type', loc: at('schedule'), msg: text, input: 7 },
          ],
        ],
        [
          '[1]',
          [
            {
              type: 'model_attributes_type',
              loc: ['body'],
              msg: 'Input should be a valid dictionary or object to extract fields from',
              input: [1],
            },
          ],
        ],
        [
          '{"name": "x",}',
          [
            {
              type: 'json_invalid',
              loc: ['body', 13],
              msg: 'JSON decode error',
              input: {},
              ctx: { error: 'Expecting property name enclosed in double quotes' },
            },
          ],
        ],
        [Buffer.from('7b226e616d65223a22ff227d', 'hex'), 'There was an error parsing the body'],
        ['['.repeat(100_000) + ']'.repeat(100_000), 'There was an error parsing the body'],
      ];
      for (const [body, detail] of cases) {
        const answer = await call(mount, 'POST', '/jobs', { headers: JSON_TYPE, body: body as string });
        assert.equal(answer.status, typeof detail === 'string' ? 400 : 422, String(body).slice(0, 60));
        assert.deepEqual(answer.json, { detail });
      }
      const typed: readonly (readonly [unknown, string, string])[] = [
        [{ name: '' }, 'string_too_short', 'name'],
        [{ name: 'x'.repeat(101) }, 'string_too_long', 'name'],
        [{ name: 'a\0b' }, 'value_error', 'name'],
        [{ name: 'a\nb' }, 'value_error', 'name'],
        [{ name: ' ' }, 'value_error', 'name'],
        [{ name: '\ud800' }, 'string_unicode', 'name'],
        [{ name: 'x', schedule: '' }, 'value_error', 'schedule'],
        [{ name: 'x', schedule: 'hourly-ish' }, 'value_error', 'schedule'],
        [{ name: 'x', schedule: '0 2 * *' }, 'value_error', 'schedule'],
        [{ name: 'x', schedule: '0 0 31 2 *' }, 'value_error', 'schedule'],
        [{ name: 'x', schedule: "'; DROP TABLE monitor; --" }, 'value_error', 'schedule'],
        [{ name: 'x', schedule: '<img src=x>' }, 'value_error', 'schedule'],
        [{ name: 'x', schedule: '\0' }, 'value_error', 'schedule'],
        [{ name: 'x', schedule: '* '.repeat(5_000) }, 'value_error', 'schedule'],
        [{ name: 'x', schedule: {} }, 'string_type', 'schedule'],
      ];
      for (const [body, type, field] of typed) {
        const answer = await call(mount, 'POST', '/jobs', { headers: JSON_TYPE, body: JSON.stringify(body) });
        assert.equal(answer.status, 422, answer.text.slice(0, 200));
        const [finding, more] = answer.json.detail;
        assert.deepEqual([finding.type, finding.loc, more], [type, at(field), undefined]);
      }
      const plain = await call(mount, 'POST', '/jobs', {
        headers: { 'content-type': 'text/plain' },
        body: '{"name":"x"}',
      });
      assert.equal(plain.json.detail[0].type, 'model_attributes_type');
      const huge = await call(mount, 'POST', '/jobs', { headers: JSON_TYPE, body: 'x'.repeat(1_100_000) });
      assert.deepEqual([huge.status, huge.json], [413, { detail: 'Request body is too large' }]);
      assert.equal(await count(), before);
    });
  });
}

describe('a job of Cronflow', () => {
  const receiver = startSlackReceiver();
  after(async () => (await receiver).close());
  const told = (slack: SlackReceiver) => slack.taken.map((one) => String(one.text));
  const job = async (name: string) => {
    const { call } = await harness.ready();
    const { json } = await call('at the root', 'GET', '/jobs?limit=10000');
    return json.find((one: { name: string }) => one.name === name);
  };

  test('goes from pending over running to success, failure and missed; Slack hears of the bad ones', async () => {
    const slack = await receiver;
    await harness.slack(slack.hookUrl);
    const { host } = await harness.ready();
    const { name } = await make({ name: 'watched', schedule: '0 13 * * *' });
    assert.equal((await job(name)).status, 'pending');
    const startedAt = new Date(host.clock.now()).toISOString();
    assert.equal((await report(name, 'start')).json.status, 'running');
    await harness.pass(1_000);
    const done = (await report(name, 'success')).json;
    assert.deepEqual([done.status, done.last_run], ['success', startedAt]);
    await report(name, 'start');
    assert.equal((await report(name, 'failure')).json.status, 'failure');
    await harness.pass(0);
    assert.equal(slack.taken.length, 1, 'a failure is told at once');
    assert.match(told(slack)[0] ?? '', /watched/);
    assert.equal((await report(name, 'success')).json.status, 'success');
    await harness.pass(HOUR_MS + 50_000);
    assert.equal((await job(name)).status, 'success', 'the minute and its grace have not passed');
    await harness.pass(11_000);
    assert.equal((await job(name)).status, 'missed');
    assert.equal(slack.taken.length, 3, 'failed, recovered, missed');
  });

  test('that is running is not missed, however long it takes', async () => {
    const { name } = await make({ name: 'long', schedule: '*/5 * * * *' });
    await report(name, 'start');
    for (let hours = 0; hours < 40; hours += 10) await harness.pass(10 * HOUR_MS);
    assert.equal((await job(name)).status, 'running');
    assert.equal((await report(name, 'success')).json.status, 'success');
  });

  test('without a schedule is never missed', async () => {
    const { name } = await make({ name: 'by hand', schedule: null });
    assert.equal((await job(name)).schedule, null);
    await harness.pass(400 * HOUR_MS);
    assert.equal((await job(name)).status, 'pending');
  });

  test('tells the channels of the team as well, and the one of the environment only where all are meant', async () => {
    const slack = await receiver;
    const { host, teamId } = await harness.ready();
    const hook = await startSlackReceiver();
    try {
      await host.make.channel(teamId, { url: hook.hookUrl }, { kind: 'slack' });
      const before = slack.taken.length;
      const { name } = await make({ name: 'told' });
      await report(name, 'failure');
      await harness.pass(0);
      assert.deepEqual([hook.taken.length, slack.taken.length - before], [1, 1]);
      const other = await host.make.monitor(teamId);
      await host.ask('GET', `/ping/${other.key}/fail`);
      await harness.pass(0);
      assert.deepEqual([hook.taken.length, slack.taken.length - before], [2, 1], 'an ordinary monitor');
    } finally {
      await hook.close();
    }
  });

  test('keeps its number when others are deleted, and its name can be used again then', async () => {
    const { host } = await harness.ready();
    const one = await make({ name: 'again' });
    await sql(host.database, 'UPDATE monitor SET deleted_at = 1 WHERE name = $1', ['again']);
    const two = await make({ name: 'again' });
    assert.equal(two.id, one.id + 1);
    const both = await Promise.all([1, 2, 3, 4].map((index) => make({ name: `at once ${index}` })));
    assert.deepEqual(
      both.map(({ id }) => id).sort((a, b) => a - b),
      [1, 2, 3, 4].map((index) => two.id + index),
    );
    const same = await Promise.all(
      [1, 2, 3].map(async () =>
        (await harness.ready()).call('at the root', 'POST', '/jobs', { headers: JSON_TYPE, body: '{"name":"same"}' }),
      ),
    );
    assert.deepEqual(same.map(({ status }) => status).sort(), [200, 400, 400]);
  });

  test('is late after a minute, has no limit, and learns none', async () => {
    const { host, teamId } = await harness.ready();
    const { name } = await make();
    const [row] = await sql(
      host.database,
      `SELECT team_id, kind, start_grace_seconds, max_run_seconds, learn, armed_from, origin_dialect, origin_key
        FROM monitor WHERE name = $1`,
      [name],
    );
    assert.deepEqual(
      { ...row },
      {
        team_id: teamId,
        kind: 'process',
        start_grace_seconds: MINUTE_MS / 1_000,
        max_run_seconds: null,
        learn: false,
        armed_from: 'creation',
        origin_dialect: 'cronflow',
        origin_key: name,
      },
    );
  });

  test('is an ordinary monitor of the API; a name taken meanwhile stops its way back', async () => {
    const { host, teamId, call } = await harness.ready();
    const key = `aw_${'k'.repeat(40)}`;
    const row = { id: host.make.newId(), teamId, name: 'test', scope: 'write' as const, createdAt: 0, expiresAt: null };
    await insertApiKey(host.database, row, hashApiKey(key));
    const api = (method: string, path: string) =>
      call('at the root', method, `/api/v1${path}`, { headers: { 'x-api-key': key } });
    const { name } = await make({ name: 'ordinary' });
    const [monitor] = (await api('GET', '/monitors?search=ordinary')).json.monitors;
    assert.deepEqual(monitor.origin, { dialect: 'cronflow', key: name });
    assert.deepEqual([monitor.kind, monitor.start_grace_seconds, monitor.max_run_seconds], ['process', 60, null]);
    assert.equal((await api('DELETE', `/monitors/${monitor.id}`)).status, 204);
    assert.equal((await report(name, 'start')).status, 404);
    await make({ name });
    const restored = await api('POST', `/monitors/${monitor.id}/restore`);
    assert.deepEqual([restored.status, restored.json.code], [409, 'origin_taken']);
  });
});
