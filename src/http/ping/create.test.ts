import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from '../../../test/harness/fixtures.ts';
import { usePingServer } from '../../../test/harness/ping-server.ts';

const host = usePingServer();
const { make, ask } = host;

interface Made extends Record<string, unknown> {
  readonly id: string;
  readonly ping_key: string;
  readonly kind: string;
  readonly name: string;
  readonly slug: string;
  readonly period_seconds: number | null;
  readonly expression: string | null;
  readonly timezone: string | null;
  readonly grace_seconds: number;
  readonly start_grace_seconds: number;
  readonly max_run_seconds: number | null;
}

const monitors = (teamId: string) =>
  sql<Made>(
    host.database,
    `SELECT id, ping_key, kind, name, slug, period_seconds, expression, timezone, grace_seconds, start_grace_seconds,
      max_run_seconds FROM monitor WHERE team_id = $1`,
    [teamId],
  );

describe('a ping with create=1', () => {
  test('makes the monitor that it names, counts, and says 201 once; afterwards it is a ping like any other', async () => {
    const team = await make.team();
    const target = `/ping/${team.pingKey}/nightly-backup/start?create=1`;
    const first = await ask('POST', target, { body: 'hello' });
    assert.equal(`${first.status} ${first.body}`, '201 Created');
    const second = await ask('POST', target);
    assert.equal(`${second.status} ${second.body}`, '200 OK');
    const made = await monitors(team.id);
    assert.equal(made.length, 1);
    const [monitor] = made;
    assert.deepEqual(
      [monitor?.kind, monitor?.name, monitor?.slug, monitor?.period_seconds, monitor?.grace_seconds],
      ['heartbeat', 'nightly-backup', 'nightly-backup', 86_400, 3_600],
    );
    assert.match(monitor?.ping_key ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    const stored = await host.signals(monitor?.id ?? '');
    assert.deepEqual(
      stored.map(({ kind, body }) => [kind, body?.toString()]),
      [
        ['start', 'hello'],
        ['start', undefined],
      ],
    );
  });

  const good: readonly (readonly [string, Partial<Made>])[] = [
    ['period=300&grace=0', { period_seconds: 300, grace_seconds: 0 }],
    ['cron=0+2+*+*+*&tz=Europe/Moscow&grace=60', { expression: '0 2 * * *', timezone: 'Europe/Moscow' }],
    ['name=Ночная%20копия%20🙂', { name: 'Ночная копия 🙂' }],
    [
      'kind=process&period=3600&start_grace=60&max_run=600',
      { kind: 'process', period_seconds: 3_600, start_grace_seconds: 60, max_run_seconds: 600 },
    ],
    ['kind=process', { kind: 'process', period_seconds: null, max_run_seconds: 86_400 }],
  ];

  test('takes every parameter there is', async () => {
    for (const [query, wanted] of good) {
      const team = await make.team();
      const answer = await ask('GET', `/ping/${team.pingKey}/job?create=1&${encodeURI(decodeURI(query))}`);
      assert.equal(`${answer.status} ${answer.body}`, '201 Created', query);
      const [made] = await monitors(team.id);
      for (const [field, value] of Object.entries(wanted)) assert.equal(made?.[field], value, `${query}: ${field}`);
    }
  });

  const bad: readonly (readonly [string, string, RegExp])[] = [
    ['job', 'kind=http', /kind/],
    ['job', 'kind=', /kind/],
    ['job', 'period=0', /seconds|period/],
    ['job', 'period=-5', /period/],
    ['job', 'period=1.5', /period/],
    ['job', 'period=', /period/],
    ['job', 'period=99999999999999', /period/],
    ['job', 'period=9999999999', /seconds|period/],
    ['job', 'period=1e3', /period/],
    ['job', 'grace=-1', /grace/],
    ['job', 'grace=abc', /grace/],
    ['job', 'grace=9999999999', /grace/],
    ['job', 'cron=nonsense', /expression|cron/],
    ['job', 'cron=', /expression|cron/],
    ['job', 'cron=%00', /expression|cron/],
    ['job', 'cron=0+0+31+2+*', /expression|cron/],
    ['job', `cron=${'1,'.repeat(5_000)}1+*+*+*+*`, /expression|cron/],
    ['job', 'cron=*+*+*+*+*&period=60', /period/],
    ['job', 'cron=*+*+*+*+*&tz=Mars/Olympus', /tz|timezone/],
    ['job', 'cron=*+*+*+*+*&tz=', /tz|timezone/],
    ['job', 'cron=*+*+*+*+*&tz=%00', /tz|timezone/],
    ['job', 'tz=UTC', /tz/],
    ['job', 'period=60&tz=UTC', /tz/],
    ['job', 'name=', /name/],
    ['job', 'name=+++', /name/],
    ['job', `name=${'n'.repeat(101)}`, /name/],
    ['job', 'name=a%0Ab', /name/],
    ['job', 'name=a%00b', /name/],
    ['job', 'start_grace=5', /start_grace/],
    ['job', 'max_run=5', /max_run/],
    ['job', 'kind=process&grace=5', /grace/],
    ['job', 'kind=process&period=60&max_run=0', /max_run/],
    ['job', 'kind=process&max_run=x', /max_run/],
    ['job', 'kind=process&period=60&start_grace=-1', /start_grace/],
    ['job/256', '', /url format/],
    ['job', 'rid=nonsense', /uuid format/],
    ['job', 'at=yesterday', /at/],
    ['Job', '', /url format/],
    ['s'.repeat(101), '', /url format/],
  ];

  test('is refused with 400 for a bad value, in words that name it, and makes nothing', async () => {
    const team = await make.team();
    for (const [name, query, about] of bad) {
      const answer = await ask('GET', `/ping/${team.pingKey}/${name}?create=1&${query}`);
      assert.equal(answer.status, 400, `${query}: ${answer.body}`);
      assert.match(answer.body, about, query);
      assert.doesNotMatch(answer.body, /\n/);
    }
    assert.deepEqual(await monitors(team.id), []);
  });

  test('makes nothing for digits and words that mean something else', async () => {
    const team = await make.team();
    for (const slug of ['start', 'fail', 'log', '7', '007']) {
      assert.equal((await ask('GET', `/ping/${team.pingKey}/${slug}?create=1`)).status, 404, slug);
    }
    assert.equal((await ask('GET', `/ping/${team.pingKey}/end?create=1`)).status, 400);
    assert.deepEqual(await monitors(team.id), []);
  });

  test('twenty at once make one monitor: one is told "Created", all count', async () => {
    const team = await make.team();
    for (let round = 0; round < 3; round += 1) {
      const target = `/ping/${team.pingKey}/race-${round}?create=1`;
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask('GET', target)));
      const statuses = answers.map(({ status }) => status).sort();
      assert.deepEqual(statuses, [...Array.from({ length: 19 }, () => 200), 201]);
      const made = (await monitors(team.id)).filter(({ slug }) => slug === `race-${round}`);
      assert.equal(made.length, 1);
      const stored = await host.signals(made[0]?.id ?? '');
      assert.deepEqual(
        stored.map(({ n }) => n),
        Array.from({ length: 20 }, (_, index) => index + 1),
      );
    }
  });

  test('makes a new one where the one of this name was deleted', async () => {
    const team = await make.team();
    const target = `/ping/${team.pingKey}/phoenix?create=1`;
    await ask('GET', target);
    await sql(host.database, 'UPDATE monitor SET deleted_at = $2 WHERE team_id = $1', [team.id, host.clock.now()]);
    assert.equal((await ask('GET', target)).status, 201);
    assert.equal((await monitors(team.id)).length, 2);
  });
});
