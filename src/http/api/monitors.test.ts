import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Caller, PUBLIC_URL, useApi } from '../../../test/harness/api.ts';
import { MINUTE_MS, SECOND_MS } from '../../core/instant.ts';

const api = useApi();

const HEARTBEAT = { kind: 'heartbeat', name: 'nightly backup', schedule: { type: 'period', seconds: 300 } };
const PROCESS = { kind: 'process', name: 'report' };

async function create(team: Caller, more: object = {}, base: object = HEARTBEAT) {
  // Ids are in the order of their milliseconds.
  api.clock.advance(1);
  const { status, json } = await team.call('POST', '/api/v1/monitors', { ...base, ...more });
  assert.equal(status, 201, JSON.stringify(json));
  return json;
}

const keyOf = (monitor: { ping_url: string }) => monitor.ping_url.split('/').at(-1) ?? '';
const at = (ms: number) => new Date(ms).toISOString();

async function refusedField(team: Caller, method: string, path: string, body: unknown): Promise<string> {
  const { status, json } = await team.call(method, path, body);
  assert.equal(status, 400, JSON.stringify(json));
  return json.errors[0].field;
}

describe('creating a monitor', () => {
  test('a heartbeat answers with its defaults and everything that is known about it', async () => {
    const team = await api.team();
    const response = await team.call('POST', '/api/v1/monitors', HEARTBEAT);
    const { ping_url, ...json } = response.json;
    assert.equal(response.status, 201);
    assert.equal(response.headers.location, `${PUBLIC_URL}/api/v1/monitors/${json.id}`);
    assert.match(
      ping_url,
      /^https:\/\/watch\.example\/ping\/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    );
    assert.deepEqual(json, {
      id: json.id,
      kind: 'heartbeat',
      name: 'nightly backup',
      slug: null,
      tags: [],
      description: '',
      schedule: { type: 'period', seconds: 300, description: 'every 5 minutes' },
      grace_seconds: 60,
      fail_after: 1,
      armed_from: 'first_signal',
      channels: 'all',
      site_id: null,
      status: 'new',
      late: false,
      running: false,
      paused: null,
      weak_key: false,
      next_expected_at: null,
      due_at: null,
      last_signal_at: null,
      last_success_at: null,
      signal_count: 0,
      fail_streak: 0,
      incident: null,
      learned_limit: null,
      fault: null,
      origin: null,
      created_at: at(api.clock.now()),
      updated_at: at(api.clock.now()),
    });
    assert.deepEqual((await team.call('GET', `/api/v1/monitors/${json.id}`)).json, response.json);
  });

  test('a process answers with its limits and the four URLs', async () => {
    const team = await api.team();
    const json = await create(team, { key: 'abc123' }, PROCESS);
    assert.equal(json.schedule, null);
    assert.equal(json.start_grace_seconds, 300);
    assert.equal(json.max_run_seconds, 86_400);
    assert.equal(json.learn, true);
    assert.ok(!('grace_seconds' in json));
    assert.equal(json.ping_url, `${PUBLIC_URL}/ping/abc123`);
    assert.equal(json.start_url, `${PUBLIC_URL}/ping/start/abc123/start`);
    assert.equal(json.end_url, `${PUBLIC_URL}/ping/end/abc123/end`);
    assert.equal(json.fail_url, `${PUBLIC_URL}/ping/abc123/fail`);
    assert.equal(json.weak_key, true);
  });

  test('a process may have no limit, and a schedule', async () => {
    const team = await api.team();
    const schedule = { type: 'cron', expression: '0 2 * * *', timezone: 'Europe/Moscow' };
    const json = await create(team, { schedule, max_run_seconds: null, learn: false, start_grace_seconds: 0 }, PROCESS);
    assert.equal(json.max_run_seconds, null);
    assert.equal(json.learn, false);
    assert.equal(json.start_grace_seconds, 0);
    assert.equal(json.schedule.timezone, 'Europe/Moscow');
  });

  test('takes every field that there is', async () => {
    const team = await api.team();
    const json = await create(team, {
      schedule: { type: 'oncalendar', expression: 'Mon..Fri 02:00', timezone: 'Asia/Tokyo' },
      grace_seconds: 0,
      slug: 'nightly-backup_1',
      tags: ['db', 'prod', 'db'],
      description: 'Dumps the database.\nSee the wiki.',
      channels: [],
      fail_after: 3,
      armed_from: 'creation',
      key: 'a-key-of-sixteen',
    });
    assert.deepEqual(json.tags, ['db', 'prod']);
    assert.equal(json.description, 'Dumps the database.\nSee the wiki.');
    assert.deepEqual(json.channels, []);
    assert.equal(json.fail_after, 3);
    assert.equal(json.grace_seconds, 0);
    assert.equal(json.weak_key, false);
    assert.equal(json.next_expected_at, '2026-11-22T17:00:00.000Z');
    assert.equal(json.due_at, '2026-11-22T17:00:00.000Z');
  });

  test("a zone that is not named is the team's, one inside the expression wins over it", async () => {
    const team = await api.team();
    await team.call('PATCH', '/api/v1/team', { timezone: 'Europe/Moscow', language: 'ru' });
    const plain = await create(team, { schedule: { type: 'cron', expression: '0 2 * * *' } });
    assert.equal(plain.schedule.timezone, 'Europe/Moscow');
    assert.match(plain.schedule.description, /[а-я]/);
    const inside = await create(team, { schedule: { type: 'cron', expression: 'CRON_TZ=Asia/Tokyo 0 2 * * *' } });
    assert.deepEqual([inside.schedule.expression, inside.schedule.timezone], ['0 2 * * *', 'Asia/Tokyo']);
    const schedule = { type: 'cron', expression: 'CRON_TZ=Asia/Tokyo 0 2 * * *', timezone: 'Europe/Moscow' };
    assert.equal(await refusedField(team, 'POST', '/api/v1/monitors', { ...HEARTBEAT, schedule }), 'schedule.timezone');
  });

  test('grace that is not given is a fifth of the interval, from 10 s to 1 h', async () => {
    const team = await api.team();
    for (const [seconds, grace] of [
      [1, 10],
      [50, 10],
      [600, 120],
      [18_000, 3_600],
      [604_800, 3_600],
    ] as const) {
      assert.equal((await create(team, { schedule: { type: 'period', seconds } })).grace_seconds, grace);
    }
  });

  test('keys and slugs follow RULES §6', async () => {
    const team = await api.team();
    for (const key of ['short', 'a b c d e f', 'ключик', 'x'.repeat(65), 'a/b/c/d', 'healthz', '']) {
      assert.equal(await refusedField(team, 'POST', '/api/v1/monitors', { ...HEARTBEAT, key }), 'key', key);
    }
    for (const slug of ['start', 'end', 'fail', 'log', '0', '255', '1234', 'Upper', 'a b', '', 'x'.repeat(101)]) {
      assert.equal(await refusedField(team, 'POST', '/api/v1/monitors', { ...HEARTBEAT, slug }), 'slug', slug);
    }
    const upper = await create(team, { key: '8B5D1F4E-3C2A-4B6D-9E8F-7A6B5C4D3E2F' });
    assert.equal(keyOf(upper), '8b5d1f4e-3c2a-4b6d-9e8f-7a6b5c4d3e2f');
    await create(team, { slug: '2nd-backup' });
  });

  test('a key is unique everywhere, a slug within the team; both are said with their field', async () => {
    const [team, other] = [await api.team(), await api.team()];
    await create(team, { key: 'unique-key-0001', slug: 'backup' });
    const key = await other.call('POST', '/api/v1/monitors', { ...HEARTBEAT, key: 'unique-key-0001' });
    assert.deepEqual([key.status, key.json.code, key.json.errors[0].field], [409, 'key_taken', 'key']);
    const slug = await team.call('POST', '/api/v1/monitors', { ...HEARTBEAT, slug: 'backup' });
    assert.deepEqual([slug.status, slug.json.code, slug.json.errors[0].field], [409, 'slug_taken', 'slug']);
    await create(other, { slug: 'backup' });
  });

  test('channels are all of the team or those that were chosen', async () => {
    const team = await api.team();
    const config = { url: 'http://127.0.0.1:9/' };
    const { json: ops } = await team.call('POST', '/api/v1/channels', { kind: 'webhook', name: 'ops', config });
    api.clock.advance(1);
    const { json: dev } = await team.call('POST', '/api/v1/channels', { kind: 'webhook', name: 'dev', config });
    const monitor = await create(team, { channels: [dev.id, ops.id, dev.id] });
    assert.deepEqual(monitor.channels, [ops.id, dev.id]);
    await team.call('DELETE', `/api/v1/channels/${dev.id}`);
    const path = `/api/v1/monitors/${monitor.id}`;
    assert.deepEqual((await team.call('GET', path)).json.channels, [ops.id]);
    assert.equal(await refusedField(team, 'PATCH', path, { channels: [ops.id, dev.id] }), 'channels.1');
    assert.equal((await team.call('PATCH', path, { channels: 'all' })).json.channels, 'all');
    assert.deepEqual((await team.call('PATCH', path, { channels: [] })).json.channels, []);
  });
});

describe('a living monitor', () => {
  test('shows what its signals made of it', async () => {
    const team = await api.team();
    const monitor = await create(team);
    const heardAt = api.clock.now();
    await api.ping(keyOf(monitor));
    const path = `/api/v1/monitors/${monitor.id}`;
    const up = (await team.call('GET', path)).json;
    assert.equal(up.status, 'up');
    assert.equal(up.next_expected_at, at(heardAt + 300 * SECOND_MS));
    assert.equal(up.due_at, at(heardAt + 360 * SECOND_MS));
    assert.equal(up.last_signal_at, at(heardAt));
    assert.equal(up.last_success_at, at(heardAt));
    assert.equal(up.signal_count, 1);
    api.clock.advance(300 * SECOND_MS);
    assert.equal((await team.call('GET', path)).json.late, true);
    await api.ping(keyOf(monitor), { kind: 'fail', exitStatus: 3 });
    const down = (await team.call('GET', path)).json;
    assert.equal(down.status, 'down');
    assert.equal(down.late, false);
    assert.equal(down.due_at, null);
    assert.equal(down.fail_streak, 1);
    assert.equal(down.incident.cause.code, 'failed');
    assert.equal(down.incident.cause.data.exit_status, 3);
    assert.match(down.incident.cause.text, /exit status 3/);
    assert.equal(down.incident.opened_at, at(api.clock.now()));
  });

  test('says that a run is under way', async () => {
    const team = await api.team();
    const monitor = await create(team, {}, PROCESS);
    await api.ping(keyOf(monitor), { kind: 'start' });
    const path = `/api/v1/monitors/${monitor.id}`;
    assert.equal((await team.call('GET', path)).json.running, true);
    await api.ping(keyOf(monitor));
    assert.equal((await team.call('GET', path)).json.running, false);
  });

  test('shows what is usual for its runs once there were ten', async () => {
    const team = await api.team();
    const monitor = await create(team, {}, PROCESS);
    for (let run = 0; run < 10; run += 1) {
      await api.ping(keyOf(monitor), { kind: 'start' });
      api.clock.advance(10 * MINUTE_MS);
      await api.ping(keyOf(monitor));
    }
    const { json } = await team.call('GET', `/api/v1/monitors/${monitor.id}`);
    assert.equal(json.learned_limit.usual_seconds, 600);
    assert.ok(json.learned_limit.limit_seconds >= 660);
  });
});

describe('the list', () => {
  test('filters by status, kind, tags, slug and words', async () => {
    const team = await api.team();
    const backup = await create(team, { name: 'DB backup', tags: ['db', 'prod'], slug: 'db-backup' });
    const report = await create(team, { name: 'Report', tags: ['prod'], description: 'monthly 50%' }, PROCESS);
    const paused = await create(team, { name: 'old job', tags: ['db'] });
    await team.call('POST', `/api/v1/monitors/${paused.id}/pause`);
    const ids = async (query: string) =>
      (await team.call('GET', `/api/v1/monitors?${query}`)).json.monitors.map((monitor: { id: string }) => monitor.id);
    assert.deepEqual(await ids(''), [backup.id, report.id, paused.id]);
    assert.deepEqual(await ids('status=paused'), [paused.id]);
    assert.deepEqual(await ids('status=paused&status=new'), [backup.id, report.id, paused.id]);
    assert.deepEqual(await ids('kind=process'), [report.id]);
    assert.deepEqual(await ids('tag=db'), [backup.id, paused.id]);
    assert.deepEqual(await ids('tag=db&tag=prod'), [backup.id]);
    assert.deepEqual(await ids('slug=db-backup'), [backup.id]);
    assert.deepEqual(await ids('search=BACKUP'), [backup.id]);
    assert.deepEqual(await ids('search=50%25'), [report.id]);
    assert.deepEqual(await ids('search=%25'), [report.id]);
    assert.deepEqual(await ids('search=_'), []);
    assert.deepEqual(await ids('kind=heartbeat&tag=prod&status=new&search=db'), [backup.id]);
  });

  test('pages through everything exactly once, also when the last page is just full', async () => {
    const team = await api.team();
    for (let n = 0; n < 6; n += 1) await create(team, { name: `job ${n}` });
    for (const limit of [1, 2, 3, 5, 6, 7, 250]) {
      const names: string[] = [];
      let cursor: string | null = null;
      let pages = 0;
      do {
        const query: string = `limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`;
        const { json } = await team.call('GET', `/api/v1/monitors?${query}`);
        names.push(...json.monitors.map((monitor: { name: string }) => monitor.name));
        cursor = json.next_cursor;
        pages += 1;
      } while (cursor !== null);
      assert.deepEqual(names, ['job 0', 'job 1', 'job 2', 'job 3', 'job 4', 'job 5'], `limit ${limit}`);
      assert.equal(pages, Math.ceil(6 / limit));
    }
  });
});

test('sentences come in the language that a page asks for, and in the team’s otherwise', async () => {
  const team = await api.team();
  const { id } = await create(team);
  const described = async (language: string) => {
    const headers = { authorization: `Bearer ${team.readKey}`, 'allswell-language': language };
    const answer = await api.app.inject({ method: 'GET', url: `/api/v1/monitors/${id}`, headers });
    return answer.json().schedule.description;
  };
  assert.equal(await described('ru'), 'каждые 5 минут');
  assert.equal(await described('tlh'), 'every 5 minutes');
});

test('times in sentences are in the zone that a page asks for, and in the team’s otherwise', async () => {
  const team = await api.team();
  const { id, ping_url: url } = await create(team);
  await api.ping(url.split('/').at(-1), { kind: 'fail' });
  const cause = async (zone: string) => {
    const headers = { authorization: `Bearer ${team.readKey}`, 'allswell-timezone': zone };
    const answer = await api.app.inject({ method: 'GET', url: `/api/v1/monitors/${id}`, headers });
    return answer.json().incident.cause.text;
  };
  assert.match(await cause('Asia/Tokyo'), /Asia\/Tokyo/);
  const own = await cause('');
  assert.doesNotMatch(own, /Tokyo/);
  for (const wrong of ['Mars/Olympus', 'x'.repeat(5_000), '2026-01-01T00:00:00+01:00[Europe/Berlin]']) {
    assert.equal(await cause(wrong), own, wrong.slice(0, 30));
  }
});
