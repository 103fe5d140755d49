import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TEST_START } from '../../../test/harness/api.ts';
import {
  type HttpReceiver,
  type ReceivedRequest,
  type Reply,
  startHttpReceiver,
} from '../../../test/harness/receivers/http-receiver.ts';
import { EXIT } from '../output.ts';
import { PAGE_JOBS } from './cronflow.ts';
import { useImports } from './testing/scene.ts';

const scene = useImports();
let jobs: Record<string, unknown>[] = [];
let site: HttpReceiver;
/** As FastAPI writes a datetime without a zone. */
const naive = (at: number) => new Date(at).toISOString().replace('Z', '000');

function answer({ path }: ReceivedRequest): Reply {
  const url = new URL(path, 'http://cronflow');
  if (url.pathname !== '/jobs') return { status: 404, body: '{"detail":"Not Found"}' };
  const skip = Number(url.searchParams.get('skip') ?? 0);
  const limit = Number(url.searchParams.get('limit') ?? 100);
  const page = jobs.slice(skip, skip + limit);
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(page) };
}

before(async () => {
  site = await startHttpReceiver({ reply: answer });
});
after(() => site.close());

function job(id: number, more: Record<string, unknown> = {}) {
  const created_at = naive(TEST_START - 86_400_000);
  return {
    id,
    name: `job-${id}`,
    schedule: '0 2 * * *',
    status: 'success',
    last_run: naive(TEST_START - 36_000_000),
    created_at,
    ...more,
  };
}

const request = (more = {}) => ({ from: 'cronflow', address: site.url, ...more });

describe('a Cronflow', () => {
  test('comes over as processes, expected as ever, and again without a change', async () => {
    const team = await scene.api.team();
    jobs = [
      job(1),
      job(2, { schedule: null, status: 'pending', last_run: null }),
      job(3, { status: 'missed', last_run: naive(TEST_START - 9 * 86_400_000) }),
      job(4, { status: 'running', last_run: naive(TEST_START - 60_000), schedule: '59 11 * * *' }),
    ];
    const report = await scene.report(team, request({ timezone: 'Europe/Riga' }));
    assert.equal(report.counts.created, 4);
    const monitors = await scene.monitors(team);
    const [plain, byHand, missed, running] = monitors;
    assert.deepEqual([plain.kind, plain.start_grace_seconds, plain.status], ['process', 60, 'up']);
    assert.equal(plain.schedule.timezone, 'Europe/Riga');
    assert.equal(plain.last_signal_at, new Date(TEST_START - 36_000_000).toISOString());
    assert.deepEqual([byHand.schedule, byHand.next_expected_at, byHand.status], [null, null, 'new']);
    assert.deepEqual([missed.status, missed.incident, running.status], ['new', null, 'up']);
    const again = await scene.report(team, request({ timezone: 'Europe/Riga' }));
    assert.equal(again.counts.unchanged, 4);
    assert.deepEqual(await scene.monitors(team), monitors);
  });

  test('goes on by its own interface, under the same names', async () => {
    const team = await scene.api.team();
    jobs = [job(7), job(9)];
    await scene.report(team, request());
    const { drop_in_url: url } = (await team.call('GET', '/api/v1/team')).json;
    const base = new URL(url).pathname;
    assert.equal((await team.call('POST', `${base}/jobs/job-9/start`, undefined, null)).status, 200);
    const list = (await team.call('GET', `${base}/jobs`, undefined, null)).json;
    assert.deepEqual(
      list.map((one: Record<string, unknown>) => [one.id, one.name, one.status]),
      [
        [1, 'job-7', 'pending'],
        [2, 'job-9', 'running'],
      ],
    );
    assert.equal((await scene.monitors(team)).length, 2);
  });

  test('comes over page by page, with every name it may have', async () => {
    const team = await scene.api.team();
    jobs = Array.from({ length: PAGE_JOBS + 20 }, (_, index) =>
      job(index, { name: `${index} задача / "x" ${'n'.repeat(120)}` }),
    );
    const { text, code } = await scene.import(team, request());
    assert.equal(code, EXIT.ok);
    assert.match(text, /^120 jobs from Cronflow at 127\.0\.0\.1:\d+\n/);
    assert.equal((await scene.monitors(team)).length, 120);
    assert.match(text, /import again with --tz ZONE/);
  });

  test('that knows nothing of pages is asked no more often than needed', async () => {
    const team = await scene.api.team();
    jobs = Array.from({ length: PAGE_JOBS }, (_, index) => job(index));
    site.setReply({ status: 200, body: JSON.stringify(jobs) });
    const before = site.requests.length;
    assert.equal((await scene.report(team, request({ check: true }))).jobs.length, PAGE_JOBS);
    assert.equal(site.requests.length - before, 2);
    site.setReply(answer);
  });

  test('that is none is said to be none', async () => {
    const team = await scene.api.team();
    for (const body of ['{"jobs": []}', 'null']) {
      site.script({ status: 200, body });
      assert.match((await scene.import(team, request())).error, /no Cronflow at this address/);
    }
    assert.match((await scene.import(team, request({ address: `${site.url}/x` }))).error, /no Cronflow/);
    assert.match((await scene.import(team, request({ key: 'k' }))).error, /--key .*healthchecks only/);
  });
});
