/** `allswell summary` as a crontab calls it: a process of its own, against a real node with a Slack on loopback. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../src/platform/clock.ts';
import { randomBase62, systemRandom } from '../../src/platform/random.ts';
import { hashApiKey, insertApiKey } from '../../src/store/api-keys.ts';
import { useDatabase } from '../harness/database.ts';
import { createFixtures, sql } from '../harness/fixtures.ts';
import { startTestNode, type TestNode } from '../harness/node.ts';
import { type SlackReceiver, startSlackReceiver } from '../harness/receivers/slack-receiver.ts';
import { runCli } from './cli-process.ts';

const db = useDatabase();
const make = createFixtures(() => db.database, systemClock);

let slack: SlackReceiver;
let node: TestNode;
before(async () => {
  await db.made;
  slack = await startSlackReceiver();
  node = await startTestNode(db.connection);
});
after(async () => {
  await node.end();
  await slack.close();
});

async function teamWithKey() {
  const team = await make.team();
  const key = `aw_${randomBase62(systemRandom, 40)}`;
  const row = { id: make.newId(), teamId: team.id, name: 'cron', createdAt: systemClock.now(), expiresAt: null };
  await insertApiKey(db.database, { ...row, scope: 'write' }, hashApiKey(key));
  return { ...team, key };
}

async function summary(key: string, ...args: readonly string[]) {
  const env = { ALLSWELL_URL: node.base, ALLSWELL_API_KEY: key };
  const { code, stdout, stderr } = await runCli(['summary', ...args], { cwd: '/', env });
  return { code, text: stdout.toString(), stderr };
}

describe('allswell summary', () => {
  test('prints what is missed now, ends with 0, and sends it to Slack when asked to', async () => {
    const team = await teamWithKey();
    await make.channel(team.id, { url: slack.hookUrl }, { kind: 'slack', destination: '127.0.0.1' });
    const monitor = await make.monitor(team.id, { name: 'nightly backup', channels: [] });
    await make.monitor(team.id, { name: 'quiet', channels: [] });
    assert.equal((await fetch(`${node.base}/ping/${monitor.key}/fail`, { keepalive: false })).status, 200);
    const plain = await summary(team.key);
    assert.equal(plain.code, 0, plain.stderr);
    assert.match(plain.text, /^DOWN SINCE +MONITOR +CAUSE\n\d{4}-\d\d-\d\d \S+Z +nightly backup +failed at [^\n]*\n$/);
    const verbose = await summary(team.key, '--verbose');
    assert.equal(verbose.code, 0, verbose.stderr);
    assert.equal(verbose.text, plain.text);
    assert.match(verbose.stderr, /^Slack, slack 127\.0\.0\.1: sent\n$/);
    assert.equal(slack.taken.length, 1);
    assert.match(JSON.stringify(slack.taken[0]), /Missed now: 1 monitor.*nightly backup: failed at/);
    const json = JSON.parse((await summary(team.key, '--json')).text);
    assert.deepEqual([json.period, json.total, json.missed[0].monitor.id], ['now', 1, monitor.id]);
    const day = await summary(team.key, '--period', 'day');
    assert.match(day.text, /^Daily summary: .*1 incident, 1 monitor down\n/);
  });

  test('says plainly that there is no Slack, and ends with 1 after it has printed', async () => {
    const team = await teamWithKey();
    const { code, text, stderr } = await summary(team.key, '--verbose');
    assert.equal(code, 1);
    assert.equal(text, 'nothing is missed now (0 monitors)\n');
    assert.match(stderr, /^allswell: the team has no Slack channel that works, and SLACK_WEBHOOK_URL gives it none\n$/);
  });

  test('ends with 1 when Slack is gone for good', async () => {
    const team = await teamWithKey();
    await make.channel(team.id, { url: `${slack.hookUrl}x` }, { kind: 'slack', destination: '127.0.0.1' });
    const { code, stderr } = await summary(team.key, '--verbose');
    assert.equal(code, 1);
    assert.match(stderr, /^Slack, slack 127\.0\.0\.1: failed \(channel_broken\)\n$/);
  });

  test('is not understood with another period, and not sent with one', async () => {
    const { key } = await teamWithKey();
    assert.equal((await summary(key, '--period', 'month')).code, 2);
    assert.equal((await summary(key, '--period', 'week', '--verbose')).code, 2);
  });
});

test('a node makes the summary that is due by itself, and sends it', async () => {
  const team = await teamWithKey();
  await make.channel(team.id, { url: slack.hookUrl }, { kind: 'slack', destination: '127.0.0.1' });
  await make.monitor(team.id, { name: 'quiet', channels: [] });
  const headers = { Authorization: `Bearer ${team.key}`, 'Content-Type': 'application/json' };
  const put = await fetch(`${node.base}/api/v1/summaries/daily`, {
    method: 'PUT',
    headers,
    body: '{}',
    keepalive: false,
  });
  assert.equal(put.status, 200);
  const before = slack.http.requests.length;
  await sql(db.database, 'UPDATE summary_schedule SET next_at = $2 WHERE team_id = $1', [team.id, systemClock.now()]);
  await slack.http.waitForCount(before + 1);
  assert.match(JSON.stringify(slack.taken.at(-1)), /Daily summary: all is well/);
});
