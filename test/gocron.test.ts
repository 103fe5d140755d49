/** gocron's clients against whole nodes: real alarms to a real mail server, and several nodes at a time. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { useDatabase } from './harness/database.ts';
import { sql } from './harness/fixtures.ts';
import { startTestNode, type TestNode } from './harness/node.ts';
import { type HttpReceiver, startHttpReceiver } from './harness/receivers/http-receiver.ts';
import { type SmtpReceiver, startSmtpReceiver } from './harness/receivers/smtp-receiver.ts';
import { waitFor } from './harness/wait-for.ts';

const db = useDatabase();
let mail: SmtpReceiver;
let slack: HttpReceiver;
let nodes: readonly TestNode[];

before(async () => {
  [mail, slack] = await Promise.all([startSmtpReceiver(), startHttpReceiver()]);
  await db.made;
  const env = {
    ALLSWELL_OPEN_DIALECTS: 'gocron',
    SMTP_URL: mail.url,
    SLACK_WEBHOOK_URL: `${slack.url}/services/T000/B000/xyz`,
  };
  // One after the other: the first one makes the team.
  nodes = [await startTestNode(db.connection, env), await startTestNode(db.connection, env)];
});
after(async () => {
  await Promise.all(nodes.map((node) => node.end()));
  await Promise.all([mail.close(), slack.close()]);
});

async function checkIn(query: string, node = 0): Promise<number> {
  const answer = await fetch(`${nodes[node]?.base}/?${query}`);
  await answer.arrayBuffer();
  return answer.status;
}

const alerted = async (cronname: string) => {
  const answer = await fetch(`${nodes[0]?.base}/cron/missed`);
  const { Crons } = (await answer.json()) as { Crons: readonly { Cronname: string; Alerted: boolean }[] };
  return Crons.some((cron) => cron.Cronname === cronname && cron.Alerted);
};

const saidOnSlack = (what: string, times: number) =>
  waitFor(`${what}, ${times} times on Slack`, () => {
    return slack.requests.filter(({ text }) => text.includes(what)).length === times;
  });

const mailsTo = (address: string) => mail.mails.filter(({ to }) => to.includes(address)).map((one) => one.mail.subject);

describe('a job of gocron', { concurrency: true }, () => {
  test('that is silent is told of once, to its address and to Slack, and once when it is back', async () => {
    const line = 'cronname=silent+job&account=acme&email=anna%40example.com&frequency=1';
    assert.equal(await checkIn(line), 201);
    const down = await mail.waitForMail(({ to }) => to.includes('anna@example.com'));
    assert.match(down.mail.subject ?? '', /^DOWN silent job/);
    assert.deepEqual(down.to, ['anna@example.com']);
    assert.match(down.mail.text ?? '', /acme/);
    assert.equal(await alerted('silent job'), true);
    await saidOnSlack('silent job', 1);
    // A longer frequency: it is not to be missed again while we look.
    assert.equal(await checkIn(line.replace('frequency=1', 'frequency=600'), 1), 201);
    await mail.waitForMail(({ to, mail: one }) => to.includes('anna@example.com') && /^UP /.test(one.subject ?? ''));
    await saidOnSlack('silent job', 2);
    assert.equal(await alerted('silent job'), false);
    assert.deepEqual(
      mailsTo('anna@example.com').map((subject) => subject?.split(' ')[0]),
      ['DOWN', 'UP'],
    );
  });

  test('puts nothing into a mail but its text', async () => {
    const name = '<b>x</b>, "quoted" =?utf-8?q?a?= Bcc: victim@example.com';
    const query = new URLSearchParams({
      cronname: name,
      account: '<i>y</i>',
      email: 'berta@example.com',
      frequency: '1',
    });
    assert.equal(await checkIn(query.toString()), 201);
    const { mail: sent, to, header } = await mail.waitForMail((one) => one.to.includes('berta@example.com'));
    assert.deepEqual(to, ['berta@example.com']);
    assert.equal(header('bcc'), undefined);
    assert.ok(sent.subject?.includes('Bcc: victim@example.com'));
    assert.doesNotMatch(sent.html ?? '', /<b>x<\/b>|<i>y<\/i>/);
    query.set('frequency', '600');
    assert.equal(await checkIn(query.toString()), 201);
  });

  test('tells only its own address, also when the team’s other jobs have others', async () => {
    const line = (name: string) => `cronname=${name}&account=two&email=${name}%40two.example`;
    assert.equal(await checkIn(`${line('well')}&frequency=600`), 201);
    assert.equal(await checkIn(`${line('ill')}&frequency=1`), 201);
    await mail.waitForMail(({ to }) => to.includes('ill@two.example'));
    await checkIn(`${line('ill')}&frequency=600`);
    await mail.waitForMail(({ to, mail: one }) => to.includes('ill@two.example') && /^UP /.test(one.subject ?? ''));
    assert.deepEqual(mailsTo('well@two.example'), []);
  });

  test('is one job when it is heard for the first time by two nodes at a time', async () => {
    const lines = Array.from({ length: 10 }, (_, index) => {
      const query = `cronname=first${index % 5}&account=both&email=first%40both.example&frequency=600`;
      return [checkIn(query, 0), checkIn(query, 1)];
    });
    const statuses = await Promise.all(lines.flat());
    assert.deepEqual(new Set(statuses), new Set([201]));
    const [row] = await sql<{ jobs: number; signals: string; channels: number; attached: number }>(
      db.database,
      `SELECT count(*) AS jobs, sum(s.signal_count) AS signals,
          (SELECT count(*) FROM channel WHERE name = 'first@both.example' AND deleted_at IS NULL) AS channels,
          (SELECT count(*) FROM monitor_channel mc JOIN channel c ON c.id = mc.channel_id
            WHERE c.name = 'first@both.example') AS attached
        FROM monitor m JOIN monitor_state s ON s.monitor_id = m.id WHERE m.tags = '{both}'`,
    );
    assert.deepEqual({ ...row }, { jobs: 5, signals: '20', channels: 1, attached: 5 });
  });

  test('sees a change that was made through another node', async () => {
    const line = 'cronname=moving&account=nodes&email=moving%40nodes.example';
    for (const [turn, node] of [0, 1, 0, 1].entries()) {
      assert.equal(await checkIn(`${line}&frequency=${600 + turn}`, node), 201);
    }
    assert.equal(await checkIn(`${line}&frequency=600`, 0), 201);
    assert.equal(await checkIn(`${line}&frequency=600`, 1), 201);
    const answer = await fetch(`${nodes[1]?.base}/cron/nodes`);
    const { Crons } = (await answer.json()) as { Crons: readonly { Frequency: number }[] };
    assert.deepEqual(
      Crons.map(({ Frequency }) => Frequency),
      [600],
    );
  });

  test('behind a dark gateway is silent: its alarm is held, with the reason', async () => {
    const line = (name: string) => `cronname=${name}&account=dark&email=dark%40site.example`;
    assert.equal(await checkIn(`${line('router')}&frequency=1&site=1`), 201);
    assert.equal(await checkIn(`${line('server')}&frequency=600`), 201);
    await mail.waitForMail(({ to, mail: one }) => to.includes('dark@site.example') && /router/.test(one.subject ?? ''));
    assert.equal(await checkIn(`${line('server')}&frequency=1`), 201);
    await waitFor('the held alarm', async () => {
      const [row] = await sql<{ reason: string }>(
        db.database,
        `SELECT h.reason FROM hold h JOIN monitor m ON m.id = h.monitor_id WHERE m.name = 'server' AND h.ended_at IS NULL`,
      );
      return row?.reason === 'site_dark';
    });
    assert.equal(await alerted('server'), true);
    assert.ok(mailsTo('dark@site.example').every((subject) => !subject?.includes('server')));
  });
});
