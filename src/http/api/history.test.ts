/** Signals, runs, slots, incidents and uptime: what a monitor leaves behind. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Caller, useApi } from '../../../test/harness/api.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/instant.ts';
import { createWakeLoop } from '../../watch/wake.ts';

const api = useApi();

const at = (ms: number) => new Date(ms).toISOString();
const keyOf = (monitor: { ping_url: string }) => monitor.ping_url.split('/').at(-1) ?? '';

async function create(team: Caller, more: object = {}) {
  api.clock.advance(1);
  const body = {
    kind: 'heartbeat',
    name: 'job',
    schedule: { type: 'period', seconds: 3_600 },
    grace_seconds: 60,
    ...more,
  };
  const { status, json } = await team.call('POST', '/api/v1/monitors', body);
  assert.equal(status, 201, JSON.stringify(json));
  return { ...json, path: `/api/v1/monitors/${json.id}` };
}

/** Judges everything that is due by now. */
async function judge(): Promise<void> {
  const { database, definitions, clock, newId, logger } = api.services;
  const options = {
    database,
    definitions,
    clock,
    newId,
    logger,
    canJudge: () => true,
    oldestPendingAt: () => null,
    settleAll: async () => null,
  };
  await createWakeLoop(options).look();
}

async function pages(team: Caller, path: string, name: string, limit: number) {
  const items: unknown[] = [];
  let cursor: string | null = null;
  do {
    const query: string = `limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`;
    const { status, json } = await team.call('GET', `${path}${path.includes('?') ? '&' : '?'}${query}`);
    assert.equal(status, 200, JSON.stringify(json));
    items.push(...json[name]);
    cursor = json.next_cursor;
  } while (cursor !== null);
  return items;
}

describe('signals', () => {
  test('stand in the log newest first, with all that was known of each', async () => {
    const team = await api.team();
    const monitor = await create(team);
    const runId = '0f8fad5b-d9cb-469f-a165-70867728950e';
    await api.ping(keyOf(monitor), { kind: 'start', runId, method: 'HEAD' });
    api.clock.advance(SECOND_MS);
    await api.ping(keyOf(monitor), {
      kind: 'fail',
      runId,
      exitStatus: 7,
      method: 'POST',
      remoteAddr: '2001:db8::1',
      userAgent: 'wget',
      body: Buffer.from('boom'),
      bodySize: 4,
    });
    const { json } = await team.call('GET', `${monitor.path}/signals`);
    const plain = { counted: true, reason: null, run_id: runId };
    assert.deepEqual(json, {
      signals: [
        {
          n: 2,
          at: at(api.clock.now()),
          kind: 'fail',
          ...plain,
          exit_status: 7,
          method: 'POST',
          remote_addr: '2001:db8::1',
          user_agent: 'wget',
          body_size: 4,
        },
        {
          n: 1,
          at: at(api.clock.now() - SECOND_MS),
          kind: 'start',
          ...plain,
          exit_status: null,
          method: 'HEAD',
          remote_addr: '127.0.0.1',
          user_agent: 'curl/8',
          body_size: 0,
        },
      ],
      next_cursor: null,
    });
  });

  test('that did not count say why, and can be asked for', async () => {
    const team = await api.team();
    const monitor = await create(team);
    await api.ping(keyOf(monitor));
    await team.call('POST', `${monitor.path}/pause`);
    await api.ping(keyOf(monitor));
    await team.call('POST', `${monitor.path}/resume`);
    await api.ping(keyOf(monitor), { kind: 'log' });
    const ns = async (query: string) =>
      (await team.call('GET', `${monitor.path}/signals?${query}`)).json.signals.map(
        (signal: { n: number }) => signal.n,
      );
    const { json } = await team.call('GET', `${monitor.path}/signals?counted=false`);
    assert.deepEqual([json.signals[0].n, json.signals[0].counted, json.signals[0].reason], [2, false, 'paused']);
    assert.deepEqual(await ns('counted=true'), [3, 1]);
    assert.deepEqual(await ns('kind=log'), [3]);
    assert.deepEqual(await ns('kind=success&counted=true'), [1]);
    assert.deepEqual(await ns('kind=fail'), []);
    assert.equal((await team.call('GET', `${monitor.path}/signals?counted=yes`)).status, 400);
  });

  test('come page by page, each once', async () => {
    const team = await api.team();
    const monitor = await create(team);
    for (let n = 0; n < 5; n += 1) await api.ping(keyOf(monitor));
    for (const limit of [1, 2, 5, 250]) {
      const found = (await pages(team, `${monitor.path}/signals`, 'signals', limit)) as { n: number }[];
      assert.deepEqual(
        found.map(({ n }) => n),
        [5, 4, 3, 2, 1],
      );
    }
  });

  test('keep their bodies as they came: text as text, anything else as bytes, nothing to be run', async () => {
    const team = await api.team();
    const monitor = await create(team);
    const html = Buffer.from('<script>alert("ü")</script>');
    const binary = Buffer.from([0, 255, 1, 254, 10]);
    for (const body of [html, binary]) await api.ping(keyOf(monitor), { body, bodySize: body.length, method: 'POST' });
    await api.ping(keyOf(monitor));
    const text = await team.call('GET', `${monitor.path}/signals/1/body`, undefined, team.readKey);
    assert.deepEqual(text.bytes, html);
    assert.equal(text.headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(text.headers['x-content-type-options'], 'nosniff');
    assert.equal(text.headers['content-disposition'], 'attachment; filename="signal-1.txt"');
    assert.match(String(text.headers['content-security-policy']), /sandbox/);
    const bytes = await team.call('GET', `${monitor.path}/signals/2/body`);
    assert.deepEqual(bytes.bytes, binary);
    assert.equal(bytes.headers['content-type'], 'application/octet-stream');
    for (const n of ['3', '4', '999999999999']) {
      assert.equal((await team.call('GET', `${monitor.path}/signals/${n}/body`)).status, 404, n);
    }
    for (const n of ['0', '-1', 'x', '1.5', '99999999999999999999']) {
      assert.equal((await team.call('GET', `${monitor.path}/signals/${n}/body`)).status, 400, n);
    }
  });
});

describe('runs and slots', () => {
  test('a run shows its length so far, then its end, in words too', async () => {
    const team = await api.team();
    const monitor = await create(team, { kind: 'process', grace_seconds: undefined, max_run_seconds: 7_200 });
    const startedAt = api.clock.now();
    await api.ping(keyOf(monitor), { kind: 'start' });
    api.clock.advance(10 * MINUTE_MS);
    const open = (await team.call('GET', `${monitor.path}/runs`)).json.runs[0];
    assert.deepEqual(open, {
      id: open.id,
      run_id: null,
      state: 'open',
      outcome: 'still running, 10 min',
      started_at: at(startedAt),
      ended_at: null,
      duration_seconds: 600,
      exit_status: null,
      deadline_at: at(startedAt + 2 * HOUR_MS),
      limit: 'max_run',
      finished_late: false,
    });
    await api.ping(keyOf(monitor), { kind: 'fail', exitStatus: 3 });
    const failed = (await team.call('GET', `${monitor.path}/runs?state=failed`)).json.runs[0];
    assert.equal(failed.outcome, 'failed, exit status 3, 10 min');
    assert.equal(failed.ended_at, at(api.clock.now()));
    assert.deepEqual((await team.call('GET', `${monitor.path}/runs?state=open`)).json.runs, []);
  });

  test('runs come page by page, each once', async () => {
    const team = await api.team();
    const monitor = await create(team, { kind: 'process', grace_seconds: undefined });
    for (let n = 0; n < 4; n += 1) {
      api.clock.advance(SECOND_MS);
      await api.ping(keyOf(monitor));
    }
    const found = (await pages(team, `${monitor.path}/runs`, 'runs', 3)) as { ended_at: string }[];
    const ends = found.map((run) => run.ended_at);
    assert.equal(ends.length, 4);
    assert.deepEqual(ends, ends.toSorted().reverse());
  });

  test('a slot that passed while the run before was under way is noted', async () => {
    const team = await api.team();
    const monitor = await create(team, { kind: 'process', grace_seconds: undefined, start_grace_seconds: 60 });
    const startedAt = api.clock.now();
    await api.ping(keyOf(monitor), { kind: 'start' });
    api.clock.advance(2 * HOUR_MS + 2 * MINUTE_MS);
    await judge();
    const slots = (await pages(team, `${monitor.path}/slots`, 'slots', 1)) as { at: string }[];
    assert.deepEqual(slots, [
      { at: at(startedAt + 2 * HOUR_MS), note: 'skipped_running', text: 'skipped, still running', gap: null },
      { at: at(startedAt + HOUR_MS), note: 'skipped_running', text: 'skipped, still running', gap: null },
    ]);
  });
});

describe('incidents', () => {
  test('say what happened with the numbers, and keep their evidence', async () => {
    const team = await api.team();
    const config = { url: 'http://127.0.0.1:9/hook' };
    const { json: channel } = await team.call('POST', '/api/v1/channels', { kind: 'webhook', name: 'ops', config });
    const monitor = await create(team, { name: 'backup' });
    const lastAt = api.clock.now();
    await api.ping(keyOf(monitor), { body: Buffer.from('42 files copied\n'), bodySize: 16, method: 'POST' });
    api.clock.advance(HOUR_MS + MINUTE_MS + SECOND_MS);
    await judge();
    const { incidents } = (await team.call('GET', '/api/v1/incidents')).json;
    assert.equal(incidents.length, 1);
    const [incident] = incidents;
    const openedAt = at(lastAt + HOUR_MS + MINUTE_MS);
    assert.deepEqual(incident, {
      id: incident.id,
      monitor: { id: monitor.id, name: 'backup', kind: 'heartbeat', status: 'down' },
      cause: {
        code: 'missed',
        data: incident.cause.data,
        text: incident.cause.text,
      },
      state: 'open',
      opened_at: openedAt,
      detected_at: at(api.clock.now()),
      resolved_at: null,
      resolution: null,
      resolution_text: null,
      duration_seconds: 1,
      missed_slots: 0,
      acknowledged: null,
      snoozed_until: null,
      reminders: 0,
      suppressed: null,
    });
    assert.equal(incident.cause.data.grace_seconds, 60);
    assert.equal(incident.cause.data.expected_at, at(lastAt + HOUR_MS));
    assert.match(incident.cause.text, /^expected .*grace 1 min, last success/);
    await api.ping(keyOf(monitor), { kind: 'fail', exitStatus: 1 });
    api.clock.advance(MINUTE_MS);
    await api.ping(keyOf(monitor));
    const detail = (await team.call('GET', `/api/v1/incidents/${incident.id}`)).json;
    assert.equal(detail.state, 'resolved');
    assert.equal(detail.resolution, 'recovered');
    assert.match(detail.resolution_text, /^came back after 1 min/);
    assert.equal(detail.duration_seconds, 61);
    assert.equal(detail.evidence.output_tail, '42 files copied\n');
    assert.deepEqual(detail.evidence.signals, [
      { n: 1, at: at(lastAt), kind: 'success', counted: true, reason: null, exit_status: null, run_id: null },
    ]);
    assert.equal(detail.notes[0].cause.code, 'failed');
    assert.deepEqual(
      detail.notices.map((notice: { kind: string; channel: unknown; state: string }) => [
        notice.kind,
        notice.channel,
        notice.state,
      ]),
      [
        ['opened', { id: channel.id, name: 'ops' }, 'queued'],
        ['resolved', { id: channel.id, name: 'ops' }, 'queued'],
      ],
    );
  });

  test('are found by monitor and state, newest first, page by page', async () => {
    const team = await api.team();
    const [one, two] = [await create(team), await create(team)];
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      api.clock.advance(SECOND_MS);
      await api.ping(keyOf(one), { kind: 'fail' });
      ids.unshift((await team.call('GET', one.path)).json.incident.id);
      if (n < 2) await api.ping(keyOf(one));
    }
    await api.ping(keyOf(two), { kind: 'fail' });
    const found = async (path: string) =>
      ((await pages(team, path, 'incidents', 2)) as { id: string }[]).map(({ id }) => id);
    assert.deepEqual(await found(`/api/v1/incidents?monitor=${one.id}`), ids);
    assert.deepEqual(await found(`${one.path}/incidents`), ids);
    assert.deepEqual(await found(`${one.path}/incidents?state=open`), [ids[0]]);
    assert.deepEqual(await found(`/api/v1/incidents?monitor=${one.id}&state=resolved`), ids.slice(1));
    assert.equal((await found('/api/v1/incidents?state=open')).length, 2);
    assert.equal((await found('/api/v1/incidents')).length, 4);
    assert.deepEqual(await found('/api/v1/incidents?monitor=01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d'), []);
  });

  test("speak the team's language", async () => {
    const team = await api.team();
    await team.call('PATCH', '/api/v1/team', { language: 'ru', timezone: 'Europe/Moscow' });
    const monitor = await create(team);
    await api.ping(keyOf(monitor), { kind: 'fail', exitStatus: 2 });
    const { json } = await team.call('GET', '/api/v1/incidents');
    assert.match(json.incidents[0].cause.text, /Europe\/Moscow.*[а-я]|[а-я].*Europe\/Moscow/);
  });
});

describe('uptime', () => {
  test('is up time against down time, with what is not known left out', async () => {
    const team = await api.team();
    const monitor = await create(team, { schedule: { type: 'period', seconds: 86_400 } });
    await api.ping(keyOf(monitor));
    api.clock.advance(6 * HOUR_MS);
    await api.ping(keyOf(monitor), { kind: 'fail' });
    api.clock.advance(2 * HOUR_MS);
    await api.ping(keyOf(monitor));
    const gapFrom = api.clock.now() + HOUR_MS;
    await api.database.query(
      {
        name: 'test_gap',
        text: `INSERT INTO gap (id, kind, from_at, to_at, reason) VALUES ($1, 'ingest', $2, $3, 'test')`,
      },
      [api.services.newId(), gapFrom, gapFrom + HOUR_MS],
    );
    api.clock.advance(3 * HOUR_MS);
    const now = api.clock.now();
    const { json } = await team.call('GET', `${monitor.path}/uptime`);
    assert.deepEqual(
      json.windows.map((window: { name: string }) => window.name),
      ['24h', '7d', '30d', '90d'],
    );
    for (const window of json.windows) {
      assert.equal(window.up_seconds, 8 * 3_600);
      assert.equal(window.down_seconds, 2 * 3_600);
      assert.equal(window.ratio, 0.8);
      assert.equal(window.to, at(now));
    }
    const days = (await team.call('GET', `${monitor.path}/uptime?days=1`)).json.windows;
    assert.deepEqual([days[0].name, days[0].from], ['custom', at(now - DAY_MS)]);
    const from = at(now - 5 * HOUR_MS);
    const to = at(now - 3 * HOUR_MS);
    const [window] = (await team.call('GET', `${monitor.path}/uptime?from=${from}&to=${to}`)).json.windows;
    assert.deepEqual([window.up_seconds, window.down_seconds, window.ratio], [0, 7_200, 0]);
    const late = (await team.call('GET', `${monitor.path}/uptime?from=${at(now - HOUR_MS)}`)).json.windows[0];
    assert.deepEqual([late.up_seconds, late.ratio], [3_600, 1]);
  });

  test('of a monitor that nobody heard of is null', async () => {
    const team = await api.team();
    const monitor = await create(team);
    const { json } = await team.call('GET', `${monitor.path}/uptime`);
    assert.deepEqual(
      json.windows.map((window: { ratio: unknown }) => window.ratio),
      [null, null, null, null],
    );
  });

  test('asks for windows that can be', async () => {
    const team = await api.team();
    const { path } = await create(team);
    const now = at(api.clock.now());
    for (const [query, field] of [
      ['days=0', 'days'],
      ['days=3661', 'days'],
      [`days=1&to=${now}`, 'days'],
      [`to=${now}`, 'from'],
      [`from=${now}`, 'from'],
      ['from=1990-01-01T00:00:00Z', 'from'],
      ['from=yesterday', 'from'],
      ['from=2026-11-20T00:00:00', 'from'],
    ] as const) {
      const { status, json } = await team.call('GET', `${path}/uptime?${query}`);
      assert.equal(status, 400, query);
      assert.equal(json.errors[0].field, field, query);
    }
  });
});
