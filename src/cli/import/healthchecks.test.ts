import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TEST_START } from '../../../test/harness/api.ts';
import {
  type HttpReceiver,
  type ReceivedRequest,
  type Reply,
  startHttpReceiver,
} from '../../../test/harness/receivers/http-receiver.ts';
import { EXIT } from '../output.ts';
import { useImports } from './testing/scene.ts';

const scene = useImports();
const KEY = `hcw_${'k'.repeat(28)}`;
const READ_ONLY = `hcr_${'r'.repeat(28)}`;
const iso = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, '+00:00');

let checks: Record<string, unknown>[] = [];
let channels: unknown[] = [];
let site: HttpReceiver;

/** What the original's management API answers: field names, errors and the list without pages. */
function answer({ path, headers }: ReceivedRequest): Reply {
  const json = (status: number, body: unknown): Reply => ({
    status,
    headers: { 'content-type': 'application/json', 'access-control-allow-origin': '*' },
    body: JSON.stringify(body),
  });
  const key = headers['x-api-key'] ?? '';
  if (key.length !== 32) return json(401, { error: 'missing api key' });
  if (key !== KEY && key !== READ_ONLY) return json(401, { error: 'wrong api key' });
  if (path === '/api/v3/checks/') {
    return json(200, {
      checks: key === KEY ? checks : checks.map(({ uuid: _, ...check }) => ({ ...check, unique_key: 'a' })),
    });
  }
  if (path === '/api/v3/channels/')
    return key === KEY ? json(200, { channels }) : json(401, { error: 'wrong api key' });
  return { status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>Not Found</h1>' };
}

before(async () => {
  site = await startHttpReceiver({ reply: answer });
});
after(() => site.close());

let count = 0;
function check(more: Record<string, unknown> = {}) {
  count += 1;
  const uuid = `7d0f4f6e-9a1c-4a57-8f3a-${String(count).padStart(12, '0')}`;
  const base = { name: `check ${count}`, slug: '', tags: '', desc: '', grace: 3_600, n_pings: 3, status: 'up' };
  const words = {
    subject: '',
    subject_fail: '',
    start_kw: '',
    success_kw: '',
    failure_kw: '',
    methods: '',
    channels: '',
  };
  return {
    ...base,
    ...words,
    started: false,
    last_ping: iso(TEST_START - 600_000),
    next_ping: iso(TEST_START),
    manual_resume: false,
    uuid,
    ping_url: `https://hc.example/ping/${uuid}`,
    timeout: 86_400,
    ...more,
  };
}

const request = (more = {}) => ({ from: 'healthchecks', address: site.url, key: KEY, ...more });

describe('a project of Healthchecks', () => {
  test('comes over with ping keys, schedules, zones, tags, descriptions and last pings', async () => {
    const team = await scene.api.team();
    const plain = check({ tags: 'db prod', desc: 'the nightly one', slug: 'nightly' });
    const cron = check({ timeout: undefined, schedule: '0 2 * * *', tz: 'Europe/Riga', grace: 600 });
    const calendar = check({ timeout: undefined, schedule: 'Mon..Fri 02:00', tz: 'UTC' });
    checks = [plain, cron, calendar];
    const report = await scene.report(team, request());
    assert.deepEqual(report.counts, { created: 3, updated: 0, unchanged: 0, kept: 0, deleted: 0, refused: 0 });
    const [first, second, third] = await scene.monitors(team);
    assert.equal(first.ping_url, `https://watch.example/ping/${plain.uuid}`);
    assert.deepEqual([first.tags, first.description, first.slug], [['db', 'prod'], 'the nightly one', 'nightly']);
    assert.deepEqual([first.kind, first.schedule.seconds, first.grace_seconds], ['heartbeat', 86_400, 3_600]);
    assert.equal(first.next_expected_at, new Date(TEST_START - 600_000 + 86_400_000).toISOString());
    assert.deepEqual([second.schedule.type, second.schedule.timezone], ['cron', 'Europe/Riga']);
    assert.deepEqual([second.grace_seconds, third.schedule.type], [600, 'oncalendar']);
    assert.ok([first, second, third].every(({ status }) => status === 'up'));
    await scene.api.ping(plain.uuid);
    assert.equal((await scene.monitors(team))[0].signal_count, 1);
  });

  test('makes processes of checks that have seen starts', async () => {
    const team = await scene.api.team();
    checks = [check({ last_duration: 12, grace: 900 }), check({ started: true }), check()];
    await scene.report(team, request());
    const [ended, running, plain] = await scene.monitors(team);
    assert.deepEqual(
      [ended.kind, ended.start_grace_seconds, ended.max_run_seconds, running.kind, plain.kind],
      ['process', 900, 900, 'process', 'heartbeat'],
    );
  });

  test('carries over how each check is, and wakes nobody', async () => {
    const team = await scene.api.team();
    checks = [
      check({ status: 'new', last_ping: null, n_pings: 0 }),
      check({ status: 'down', last_ping: iso(TEST_START - 9 * 86_400_000) }),
      check({ status: 'grace', last_ping: iso(TEST_START - 86_400_000 - 60_000) }),
      check({ status: 'paused' }),
      check({ status: 'paused', manual_resume: true }),
    ];
    const report = await scene.report(team, request());
    const monitors = await scene.monitors(team);
    assert.deepEqual(
      monitors.map((one: { status: string }) => one.status),
      ['new', 'new', 'up', 'paused', 'paused'],
    );
    assert.equal(monitors[2].late, true);
    assert.deepEqual([monitors[3].paused.mode, monitors[4].paused.mode], ['until_success', 'by_hand']);
    assert.deepEqual(report.jobs[1]?.notes, ['counts_from_now']);
    assert.equal(monitors[1].next_expected_at, new Date(TEST_START + 86_400_000).toISOString());
    assert.ok(monitors.every((one: { incident: unknown }) => one.incident === null));
  });

  test('changes nothing the second time, and then only what changed there', async () => {
    const team = await scene.api.team();
    checks = [check(), check()];
    await scene.report(team, request());
    const before = await scene.monitors(team);
    assert.equal((await scene.report(team, request())).counts.unchanged, 2);
    assert.deepEqual(await scene.monitors(team), before);
    checks = [{ ...checks[0], name: 'renamed', tags: 'new' }, checks[1] ?? {}];
    const { counts, jobs } = await scene.report(team, request());
    assert.deepEqual([counts.updated, counts.unchanged, jobs[0]?.changed], [1, 1, ['name', 'tags']]);
    assert.equal((await scene.monitors(team))[0].name, 'renamed');
  });

  test('says what cannot be carried over', async () => {
    const team = await scene.api.team();
    channels = [{ id: 'c1', name: 'ops', kind: 'slack' }];
    const long = 'x'.repeat(60);
    checks = [
      check({
        channels: 'c1,c2',
        failure_kw: 'ERROR',
        methods: 'POST',
        tags: `${long} short`,
        slug: '123',
        ping_url: 'https://hc.example/ping/kkkkkkkkkkkkkkkkkkkkkk/123',
      }),
    ];
    const { text, code } = await scene.import(team, request());
    assert.equal(code, EXIT.ok);
    for (const words of [
      'its slack integration "ops"',
      'an integration',
      'its keyword filters',
      'that only POST counts',
      'its ping URL by name',
      'its tag "xxx',
      'its slug "123"',
      'make these channels here',
      'called by name',
    ]) {
      assert.ok(text.includes(words), `${words}\n${text}`);
    }
    assert.ok(!text.includes(KEY));
    channels = [];
  });

  test('with jobs that are no jobs: they are named, the others come over', async () => {
    const team = await scene.api.team();
    checks = [
      check({ name: '' }),
      check({ name: 'odd grace', grace: 'soon' }),
      check({ name: 'never', timeout: undefined, schedule: '0 0 31 2 *', tz: 'UTC' }),
      check({ name: 'no time', timeout: 0 }),
      check({ name: `two\nlines ${'y'.repeat(200)}` }),
    ];
    const { code, text } = await scene.import(team, request());
    assert.equal(code, EXIT.failed);
    for (const words of [
      'odd grace: cannot be read: grace',
      'never: schedule.expression',
      'no time: schedule.seconds',
    ]) {
      assert.ok(text.includes(words), `${words}\n${text}`);
    }
    const names = (await scene.monitors(team)).map((one: { name: string }) => one.name);
    assert.equal(names.length, 2);
    assert.match(names[0], /^check [0-9a-f]{8}$/);
    assert.match(names[1], /^two lines y+…$/);
  });

  test('is not touched by a check, and takes the key from a file and the address of its API', async () => {
    const team = await scene.api.team();
    const folder = await mkdtemp(join(tmpdir(), 'allswell-import-'));
    try {
      const keyFile = join(folder, 'key');
      writeFileSync(keyFile, `${KEY}\n`);
      checks = [check()];
      const address = `${site.url}/api/v2/checks/`;
      const { text, error } = await scene.import(team, request({ key: undefined, keyFile, address, check: true }));
      assert.match(text, /this was a check, nothing was changed[\s\S]*1 +new here/, error);
      assert.deepEqual(await scene.monitors(team), []);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a Healthchecks that does not let us in', () => {
  const fails = async (more: object, code: number, words: RegExp) => {
    const result = await scene.import(await scene.api.team(), request(more));
    assert.deepEqual([result.code, words.test(result.error)], [code, true], result.error);
    assert.ok(!`${result.error}${result.text}`.includes(KEY));
  };

  test('because the key is missing, wrong, malformed or may only read', async () => {
    checks = [check()];
    await fails({ key: undefined }, EXIT.misused, /HEALTHCHECKS_API_KEY/);
    await fails({ key: 'x'.repeat(32) }, EXIT.forbidden, /wrong api key/);
    await fails({ key: 'short' }, EXIT.forbidden, /missing api key/);
    await fails({ key: 'two\nlines' }, EXIT.misused, /no API key/);
    await fails({ key: READ_ONLY }, EXIT.forbidden, /read-only key/);
  });

  test('because the address is none', async () => {
    await fails({ address: 'nonsense' }, EXIT.misused, /no address/);
    await fails({ address: `${site.url}/elsewhere` }, EXIT.failed, /no management API/);
    await fails({ address: site.url.replace('http://', 'http://user:secret@') }, EXIT.misused, /password/);
    await fails({ from: 'nagios' }, EXIT.misused, /--from takes gocron, cronflow, healthchecks/);
  });
});
