import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../src/platform/clock.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { useDatabase } from '../harness/database.ts';
import { sql } from '../harness/fixtures.ts';
import { startTestNode } from '../harness/node.ts';
import { startSlackReceiver } from '../harness/receivers/slack-receiver.ts';

const db = useDatabase();
const KEY = 'a-key-for-this-test-only';

const body = (value: unknown) => ({
  method: 'POST',
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
});

describe('a whole node', () => {
  test('has a base from its first start, says loudly what is open, and tells Slack of a failure', async () => {
    const slack = await startSlackReceiver();
    const lines: string[] = [];
    const logger = createLogger({
      level: 'warn',
      format: 'text',
      clock: systemClock,
      write: (line) => lines.push(line),
    });
    const env = { SLACK_WEBHOOK_URL: slack.hookUrl, ALLSWELL_OPEN_DIALECTS: 'cronflow', ALLSWELL_API_KEY: KEY };
    const node = await startTestNode(db.connection, env, logger);
    try {
      const [made] = await sql<{ has: boolean }>(db.database, 'SELECT drop_in_hash IS NOT NULL AS has FROM team');
      assert.equal(made?.has, true);
      const warnings = lines.filter((line) => line.includes('ALLSWELL_OPEN_DIALECTS'));
      assert.equal(warnings.length, 1);
      assert.match(
        warnings[0] ?? '',
        / warn .*whoever reaches this server .*"My team" through cronflow, without any secret/,
      );
      const answer = await fetch(`${node.base}/api/v1/team`, { headers: { 'x-api-key': KEY } });
      const team = (await answer.json()) as { drop_in_url: string };
      const inBase = `${node.base}${new URL(team.drop_in_url).pathname}`;
      const registered = await fetch(`${inBase}/jobs`, body({ name: 'nightly' }));
      assert.equal(registered.status, 200);
      assert.equal((await fetch(`${node.base}/jobs/nightly/failure`, { method: 'POST' })).status, 200);
      await slack.http.waitForCount(1);
      assert.match(String(slack.taken[0]?.text), /nightly/);
      assert.equal((await fetch(`${node.base}/api/jobs`)).status, 404, 'CronSentry is not open');
      assert.equal((await fetch(`${inBase}/api/jobs`)).status, 200);
    } finally {
      await node.end();
      await slack.close();
    }
  });
});
