import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Caller, TEST_START, useApi } from '../../../test/harness/api.ts';
import { importMonitors } from '../../watch/imports.ts';
import { createMonitor, MAX_MONITORS_PER_TEAM } from '../../watch/manage.ts';
import { MAX_EXTERNAL_KEY_CHARACTERS, MAX_IMPORTED_AT_ONCE } from './imports-schema.ts';

const api = useApi();
const iso = (at: number) => new Date(at).toISOString();
const key = () => api.services.random.uuid();

const HOURLY = { type: 'period', seconds: 3_600 };

function item(external: string, monitor: Record<string, unknown> = {}, more: Record<string, unknown> = {}) {
  return {
    external_key: external,
    monitor: {
      kind: 'heartbeat',
      name: `job ${external.slice(0, 8)}`,
      schedule: HOURLY,
      grace_seconds: 60,
      ...monitor,
    },
    last_heard_at: iso(api.clock.now() - 600_000),
    was_up: true,
    ...more,
  };
}

async function importAll(team: Caller, monitors: readonly unknown[], more: Record<string, unknown> = {}) {
  const answer = await team.call('POST', '/api/v1/imports', { source: 'healthchecks', monitors, ...more });
  assert.equal(answer.status, 200, answer.text);
  return answer.json.monitors;
}

async function importOne(team: Caller, one: unknown, more: Record<string, unknown> = {}) {
  const [outcome] = await importAll(team, [one], more);
  return outcome;
}

const read = async (team: Caller, id: string) => (await team.call('GET', `/api/v1/monitors/${id}`)).json;
const list = async (team: Caller) => (await team.call('GET', '/api/v1/monitors')).json.monitors;

describe('an import', () => {
  test('makes monitors with their keys, expected from their last sign of life', async () => {
    const team = await api.team();
    const pingKey = key();
    const made = await importOne(team, item(pingKey, { key: pingKey, slug: 'nightly', tags: ['a', 'b'] }));
    assert.deepEqual([made.outcome, made.notes], ['created', []]);
    const monitor = await read(team, made.id);
    assert.equal(monitor.ping_url, `https://watch.example/ping/${pingKey}`);
    assert.equal(monitor.status, 'up');
    assert.equal(monitor.next_expected_at, iso(TEST_START - 600_000 + 3_600_000));
    assert.deepEqual([monitor.slug, monitor.tags, monitor.signal_count], ['nightly', ['a', 'b'], 0]);
    await api.ping(pingKey);
    assert.equal((await read(team, made.id)).signal_count, 1);
  });

  test('counts from now where the deadline is past, and says so', async () => {
    const team = await api.team();
    const made = await importOne(team, item('late', {}, { last_heard_at: iso(api.clock.now() - 86_400_000) }));
    assert.deepEqual(made.notes, ['counts_from_now']);
    const monitor = await read(team, made.id);
    assert.deepEqual([monitor.status, monitor.incident], ['new', null]);
    assert.equal(monitor.next_expected_at, iso(api.clock.now() + 3_600_000));
  });

  test('changes nothing the second time', async () => {
    const team = await api.team();
    const jobs = [item('one', { tags: ['x'] }), item('two', { kind: 'heartbeat', description: 'text' })];
    await importAll(team, jobs);
    const before = await list(team);
    const again = await importAll(team, jobs);
    assert.deepEqual(
      again.map((one: { outcome: string }) => one.outcome),
      ['unchanged', 'unchanged'],
    );
    assert.deepEqual(await list(team), before);
  });

  test('takes over what changed there, and keeps what a person changed here', async () => {
    const team = await api.team();
    const { id } = await importOne(team, item('job', { description: 'old', tags: ['x'] }));
    await team.call('PATCH', `/api/v1/monitors/${id}`, { name: 'my own name', grace_seconds: 300 });
    const changed = item('job', { name: 'their new name', description: 'new', tags: ['x'], grace_seconds: 60 });
    const outcome = await importOne(team, changed);
    assert.deepEqual(
      [outcome.outcome, outcome.changed, outcome.kept, outcome.id],
      ['updated', ['description'], ['name'], id],
    );
    const monitor = await read(team, id);
    assert.deepEqual([monitor.name, monitor.description, monitor.grace_seconds], ['my own name', 'new', 300]);
    const again = await importOne(team, changed);
    assert.deepEqual([again.outcome, again.kept], ['kept', ['name']]);
    await team.call('PATCH', `/api/v1/monitors/${id}`, { name: 'their new name' });
    assert.equal((await importOne(team, changed)).outcome, 'unchanged');
  });

  test('follows a schedule that changed there, though it is written in another form here', async () => {
    const team = await api.team();
    const cron = (expression: string) => ({ schedule: { type: 'cron', expression, timezone: 'Europe/Kiev' } });
    const { id } = await importOne(team, item('job', cron('0 2 * * *')));
    assert.equal((await importOne(team, item('job', cron('0 2 * * *')))).outcome, 'unchanged');
    const outcome = await importOne(team, item('job', cron('0  3 * * *')));
    assert.deepEqual(outcome.changed, ['schedule']);
    assert.match((await read(team, id)).schedule.expression, /^0\s+3 /);
  });

  test('leaves alone what was deleted here', async () => {
    const team = await api.team();
    const { id } = await importOne(team, item('job'));
    await team.call('DELETE', `/api/v1/monitors/${id}`);
    assert.equal((await importOne(team, item('job', { name: 'new name' }))).outcome, 'deleted');
    assert.deepEqual(await list(team), []);
  });

  test('makes no more monitors than a team may have; nor does anybody else', async () => {
    const team = await api.team();
    const deps = { ...api.services, maxMonitorsPerTeam: 2 };
    const owner = { teamId: team.teamId, timezone: 'UTC' };
    const wish = { kind: 'heartbeat', name: 'job', schedule: { type: 'period', seconds: 60 } } as const;
    const results = [await createMonitor(deps, owner, wish), await createMonitor(deps, owner, wish)];
    assert.ok(results.every((result) => 'monitor' in result));
    const third = await createMonitor(deps, owner, wish);
    assert.ok('refused' in third && third.refused === 'invalid');
    assert.equal(third.errors[0]?.message, 'a team has at most 2 monitors; delete some that nobody needs');
    const one = { externalKey: 'x', wish, lastHeardAt: null, wasUp: false, pause: null };
    const [imported] = await importMonitors(deps, owner, { source: 'gocron', items: [one], check: false });
    assert.equal(imported?.outcome, 'refused');
    const [first] = await list(team);
    await team.call('DELETE', `/api/v1/monitors/${first.id}`);
    assert.ok('monitor' in (await createMonitor(deps, owner, wish)));
    assert.equal(MAX_MONITORS_PER_TEAM, 1_000_000);
  });

  test('adopts what is here already by its own check-ins, as it is', async () => {
    const team = await api.team();
    const origin = { dialect: 'gocron', key: '["acct","job"]' };
    const wish = { kind: 'heartbeat', name: 'job', schedule: { type: 'period', seconds: 60 }, origin } as const;
    const made = await createMonitor(api.services, { teamId: team.teamId, timezone: 'UTC' }, wish);
    assert.ok('monitor' in made);
    const outcome = await importOne(team, item(origin.key), { source: 'gocron' });
    assert.deepEqual([outcome.outcome, outcome.notes, outcome.id], ['unchanged', ['was_here'], made.monitor.id]);
    assert.equal((await read(team, made.monitor.id)).schedule.seconds, 60);
  });

  test('takes over newer signs of life until the job is heard here', async () => {
    const team = await api.team();
    const pingKey = key();
    const { id } = await importOne(team, item(pingKey, { key: pingKey }));
    const heard = api.clock.now() - 60_000;
    await importOne(team, item(pingKey, { key: pingKey }, { last_heard_at: iso(heard) }));
    assert.equal((await read(team, id)).last_signal_at, iso(heard));
    await api.ping(pingKey);
    await importOne(team, item(pingKey, { key: pingKey }, { last_heard_at: iso(api.clock.now()) }));
    assert.equal((await read(team, id)).signal_count, 1);
  });

  test('pauses what is paused there', async () => {
    const team = await api.team();
    const { id } = await importOne(team, item('job', {}, { paused: 'until_success' }));
    assert.deepEqual((await read(team, id)).paused, { mode: 'until_success', until: null });
    await team.call('POST', `/api/v1/monitors/${id}/resume`);
    assert.equal((await importOne(team, item('job', {}, { paused: 'until_success' }))).outcome, 'unchanged');
    assert.equal((await read(team, id)).paused, null);
  });

  test('gives up a slug that is taken, and refuses a key that is', async () => {
    const team = await api.team();
    const pingKey = key();
    await importOne(team, item('one', { slug: 'same', key: pingKey }));
    const second = await importOne(team, item('two', { slug: 'same' }));
    assert.deepEqual([second.outcome, second.notes], ['created', ['slug_taken']]);
    assert.equal((await read(team, second.id)).slug, null);
    assert.equal((await importOne(team, item('two', { slug: 'same' }))).outcome, 'unchanged');
    const third = await importOne(team, item('three', { key: pingKey }));
    assert.deepEqual([third.outcome, third.errors[0].field], ['refused', 'key']);
  });

  test('refuses one job and takes the others', async () => {
    const team = await api.team();
    const never = { schedule: { type: 'cron', expression: '0 0 31 2 *' } };
    const outcomes = await importAll(team, [item('bad', never), item('good')]);
    assert.deepEqual([outcomes[0].outcome, outcomes[1].outcome], ['refused', 'created']);
    assert.equal(outcomes[0].errors[0].field, 'schedule.expression');
  });

  test('says that a check would be a process by now, and that kinds stay', async () => {
    const team = await api.team();
    const { id } = await importOne(team, item('job'));
    const limits = { kind: 'process', grace_seconds: undefined, start_grace_seconds: 60, max_run_seconds: 60 };
    const outcome = await importOne(team, item('job', limits));
    assert.deepEqual([outcome.outcome, outcome.notes], ['unchanged', ['kind_kept']]);
    assert.equal((await read(team, id)).kind, 'heartbeat');
  });

  test('only says what it would do when asked to check', async () => {
    const team = await api.team();
    assert.equal((await importOne(team, item('job'), { check: true })).outcome, 'created');
    assert.deepEqual(await list(team), []);
    const { id } = await importOne(team, item('job'));
    assert.deepEqual((await importOne(team, item('job', { name: 'new' }), { check: true })).changed, ['name']);
    assert.notEqual((await read(team, id)).name, 'new');
  });

  test('of the same jobs at the same time makes each of them once', async () => {
    const team = await api.team();
    const jobs = Array.from({ length: 10 }, (_, index) => item(`job ${index}`, { slug: `job-${index}` }));
    const runs = await Promise.all([importAll(team, jobs), importAll(team, jobs), importAll(team, jobs)]);
    assert.equal((await list(team)).length, jobs.length);
    const created = runs.flat().filter((one: { outcome: string }) => one.outcome === 'created');
    assert.equal(created.length, jobs.length);
    assert.ok(runs.flat().every((one: { outcome: string }) => one.outcome !== 'refused'));
  });

  test('never touches another team’s', async () => {
    const [one, two] = [await api.team(), await api.team()];
    const first = await importOne(one, item('shared'));
    const second = await importOne(two, item('shared'));
    assert.equal(second.outcome, 'created');
    assert.notEqual(first.id, second.id);
  });

  test('takes as many at once as is said, and keys as long as is said', async () => {
    const team = await api.team();
    const many = Array.from({ length: MAX_IMPORTED_AT_ONCE }, (_, index) => item(`${index}`));
    assert.equal((await importAll(team, many, { check: true })).length, MAX_IMPORTED_AT_ONCE);
    const tooMany = { source: 'gocron', monitors: [...many, item('one more')] };
    assert.equal((await team.call('POST', '/api/v1/imports', tooMany)).status, 400);
    // As wide as characters get, and unlike each other, so that the index cannot pack them.
    const wide = Array.from({ length: MAX_EXTERNAL_KEY_CHARACTERS / 2 }, (_, n) =>
      String.fromCodePoint(0x1f300 + n * 7),
    );
    assert.equal((await importOne(team, item(wide.join('')))).outcome, 'created');
    const tooLong = { source: 'gocron', monitors: [item('x'.repeat(MAX_EXTERNAL_KEY_CHARACTERS + 1))] };
    assert.equal((await team.call('POST', '/api/v1/imports', tooLong)).status, 400);
  });
});
