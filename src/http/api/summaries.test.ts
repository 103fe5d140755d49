import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Caller, useApi } from '../../../test/harness/api.ts';
import { sql } from '../../../test/harness/fixtures.ts';

const api = useApi();

async function slack(team: Caller, name = 'ops') {
  const config = { url: 'https://hooks.slack.com/services/T/B/x' };
  const { status, json } = await team.call('POST', '/api/v1/channels', { kind: 'slack', name, config });
  assert.equal(status, 201, JSON.stringify(json));
  return json.id as string;
}

async function failing(team: Caller, name = 'report') {
  const wish = { kind: 'heartbeat', name, schedule: { type: 'period', seconds: 3_600 } };
  const { json } = await team.call('POST', '/api/v1/monitors', wish);
  await api.ping(json.ping_url.split('/').at(-1), { kind: 'fail' });
  return json.id as string;
}

const weekly = '/api/v1/summaries/weekly';

describe('the settings of a summary', () => {
  test('are off until somebody asks for it, with what it would be', async () => {
    const team = await api.team();
    const { status, json } = await team.call('GET', weekly, undefined, team.readKey);
    assert.equal(status, 200);
    assert.deepEqual(json, {
      kind: 'weekly',
      enabled: false,
      weekday: 'monday',
      time: '09:00',
      timezone: 'UTC',
      channels: 'all',
      next_at: null,
      last_at: null,
    });
  });

  test('say when the next one is, and a PUT replaces all of them', async () => {
    const team = await api.team();
    const channel = await slack(team);
    const wish = { weekday: 'tuesday', time: '07:30', timezone: 'Europe/Moscow', channels: [channel] };
    const put = await team.call('PUT', weekly, wish);
    assert.equal(put.status, 200);
    assert.deepEqual(put.json, {
      ...wish,
      kind: 'weekly',
      enabled: true,
      next_at: '2026-11-24T04:30:00.000Z',
      last_at: null,
    });
    assert.deepEqual((await team.call('GET', weekly)).json, put.json);
    const again = await team.call('PUT', weekly, {});
    assert.deepEqual([again.json.weekday, again.json.time, again.json.channels], ['monday', '09:00', 'all']);
    const off = await team.call('PUT', weekly, { enabled: false, time: '10:00' });
    assert.deepEqual([off.json.enabled, off.json.next_at, off.json.time], [false, null, '10:00']);
    const daily = await team.call('PUT', '/api/v1/summaries/daily', { time: '23:59' });
    assert.deepEqual([daily.json.weekday, daily.json.next_at], [null, '2026-11-21T23:59:00.000Z']);
  });

  test('are gone after a DELETE, also after a second one, and those of another team are not touched', async () => {
    const [team, other] = [await api.team(), await api.team()];
    for (const one of [team, other]) await one.call('PUT', weekly, { time: '10:00' });
    for (const _ of [1, 2]) assert.equal((await team.call('DELETE', weekly)).status, 204);
    assert.equal((await team.call('GET', weekly)).json.enabled, false);
    assert.equal((await other.call('GET', weekly)).json.time, '10:00');
  });

  test('that cannot be are refused by their field, and nothing is changed', async () => {
    const team = await api.team();
    const stranger = await slack(await api.team());
    await team.call('PUT', weekly, { time: '10:00' });
    const wrong: readonly (readonly [string, unknown, string])[] = [
      [weekly, { time: '24:00' }, 'time'],
      [weekly, { time: 9 }, 'time'],
      [weekly, { timezone: 'Mars/Base' }, 'timezone'],
      [weekly, { weekday: 'someday' }, 'weekday'],
      [weekly, { channels: [stranger] }, 'channels.0'],
      [weekly, { channels: ['<script>'] }, 'channels'],
      [weekly, { hour: 9 }, 'hour'],
      ['/api/v1/summaries/daily', { weekday: 'monday' }, 'weekday'],
    ];
    for (const [path, body, field] of wrong) {
      const { status, json } = await team.call('PUT', path, body);
      assert.equal(status, 400, JSON.stringify(body));
      assert.ok(json.errors[0].field.startsWith(field), JSON.stringify(json.errors));
    }
    assert.equal((await team.call('GET', weekly)).json.time, '10:00');
    const monthly = await team.call('GET', '/api/v1/summaries/monthly');
    assert.ok(monthly.status === 400 || monthly.status === 404);
  });
});

describe('the summary', () => {
  test('of now lists what is down and why', async () => {
    const team = await api.team();
    await failing(team, 'nightly backup');
    const { status, json } = await team.call('GET', '/api/v1/summary', undefined, team.readKey);
    assert.equal(status, 200);
    assert.equal(json.period, 'now');
    assert.deepEqual([json.total, json.monitors.total, json.monitors.down], [1, 1, 1]);
    assert.equal(json.missed[0].monitor.name, 'nightly backup');
    assert.equal(json.missed[0].cause.code, 'failed');
    assert.match(
      json.text,
      /^Missed now: 1 monitor\n1 of 1 monitor is down at this moment\.\n- nightly backup: failed at /,
    );
  });

  test('of a day and of a week are the same numbers as data and in the team’s language', async () => {
    const team = await api.team();
    await failing(team);
    api.clock.advance(60_000);
    for (const [period, hours] of [
      ['day', 24],
      ['week', 168],
    ] as const) {
      const { status, json } = await team.call('GET', `/api/v1/summary?period=${period}`);
      assert.equal(status, 200);
      assert.equal((Date.parse(json.to) - Date.parse(json.from)) / 3_600_000, hours);
      assert.deepEqual([json.incidents.total, json.incidents.open, json.success.good], [1, 1, 0]);
    }
    await team.call('PATCH', '/api/v1/team', { language: 'ru' });
    assert.match(
      (await team.call('GET', '/api/v1/summary?period=day')).json.text,
      /^Сводка за день: .*1 инцидент, в сбое 1 монитор\n/,
    );
    assert.equal((await team.call('GET', '/api/v1/summary?period=month')).status, 400);
  });

  test('of a team without monitors is empty', async () => {
    const team = await api.team();
    assert.deepEqual((await team.call('GET', '/api/v1/summary')).json.missed, []);
    assert.equal((await team.call('GET', '/api/v1/summary?period=week')).json.success.ratio, null);
  });
});

describe('sending now', () => {
  test('puts one delivery per channel down, and leaves the regular ones alone', async () => {
    const team = await api.team();
    const channels = [await slack(team, 'one'), await slack(team, 'two')];
    await team.call('PUT', weekly, { channels: channels.slice(0, 1) });
    const before = (await team.call('GET', weekly)).json;
    const sent = await team.call('POST', `${weekly}/send`);
    assert.equal(sent.status, 202);
    assert.deepEqual(
      sent.json.deliveries.map((one: { channel: { id: string }; state: string }) => [one.channel.id, one.state]),
      [[channels[0], 'queued']],
    );
    assert.equal((await team.call('POST', '/api/v1/summaries/daily/send')).json.deliveries.length, 2);
    assert.deepEqual((await team.call('GET', weekly)).json, before);
    const { json } = await team.call('GET', `/api/v1/deliveries/${sent.json.deliveries[0].id}`);
    assert.deepEqual([json.notices[0].subject, json.notices[0].kind], ['team', 'digest']);
  });

  test('of what is missed now goes to Slack alone, to that of the environment where there is no other', async () => {
    const team = await api.team();
    const hook = { kind: 'webhook', name: 'hook', config: { url: 'http://127.0.0.1:9/x' } };
    await team.call('POST', '/api/v1/channels', hook);
    const nowhere = await team.call('POST', '/api/v1/summaries/now/send');
    assert.deepEqual([nowhere.status, nowhere.json.code], [409, 'no_channel']);
    assert.match(nowhere.json.detail, /no Slack channel that works/);
    const fromEnvironment = await slack(team, 'environment');
    await sql(api.database, 'UPDATE channel SET from_environment = true WHERE id = $1', [fromEnvironment]);
    const names = async () =>
      (await team.call('POST', '/api/v1/summaries/now/send')).json.deliveries.map(
        (one: { channel: { name: string } }) => one.channel.name,
      );
    assert.deepEqual(await names(), ['environment']);
    const own = await slack(team, 'own');
    assert.deepEqual(await names(), ['own']);
    await sql(api.database, `UPDATE channel SET state = 'broken' WHERE id = $1`, [own]);
    assert.deepEqual(await names(), ['environment']);
  });

  test('to no channel at all is refused', async () => {
    const team = await api.team();
    const { status, json } = await team.call('POST', `${weekly}/send`);
    assert.deepEqual([status, json.code], [409, 'no_channel']);
  });
});
