import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { runChannelContract } from '../../../../test/contract/channel-contract.ts';
import { arrangeHttpScene } from '../../../../test/contract/http-scene.ts';
import { hugeMessage, sampleMessage, sampleRequest } from '../../../../test/contract/sample-message.ts';
import type { Reply } from '../../../../test/harness/receivers/http-receiver.ts';
import { type SlackReceiver, startSlackReceiver } from '../../../../test/harness/receivers/slack-receiver.ts';
import { systemClock } from '../../../platform/clock.ts';
import { createOutboundDoor, type OutboundDoor } from '../../../platform/outbound/door.ts';
import type { ChannelKind } from '../contract.ts';
import { createSlackChannel, type SlackConfig } from './index.ts';
import { renderSlack } from './render.ts';

runChannelContract({
  name: 'slack',
  secrets: () => ['sEcReTsEcReTsEcReT', 'B0WATCHMAN', 'T0ALLSWELL'],
  notApplicable: {},
  retryAfterMs: 30_000,
  unendingIs: 'temporary',
  async arrange(situation, tools) {
    const slack = await startSlackReceiver();
    return arrangeHttpScene(situation, tools, {
      http: slack.http,
      rateLimited: { status: 429, headers: { 'retry-after': '30' }, body: 'rate_limited' },
      goAway: () => slack.setState('removed'),
      build: (base) => ({
        channel: createSlackChannel(tools),
        config: { url: base + new URL(slack.hookUrl).pathname },
      }),
    });
  },
});

describe('slack', () => {
  let slack: SlackReceiver;
  let door: OutboundDoor;
  let channel: ChannelKind<SlackConfig>;
  before(() => {
    door = createOutboundDoor({ clock: systemClock, privateTargets: true, ownPorts: [] });
    channel = createSlackChannel({ door, clock: systemClock });
  });
  beforeEach(async () => {
    slack = await startSlackReceiver();
  });
  afterEach(() => slack.close());
  after(() => door.close());
  const send = (changes = {}) =>
    channel.send(sampleRequest({ url: slack.hookUrl }, { message: sampleMessage(changes) }));

  test('text is filled for the preview and everything else is in blocks', async () => {
    await send({ lines: ['first', 'second'] });
    const [payload] = slack.taken;
    assert.match(String(payload?.text), /^DOWN nightly backup: nothing since 02:03 yesterday\nExpected 02:00/);
    const blocks = JSON.stringify(payload?.blocks);
    assert.match(blocks, /"type":"header".*DOWN nightly backup/);
    assert.match(blocks, /\*Schedule\*\\n0 2 \* \* \* \(Europe\/Moscow\)/);
    assert.match(blocks, /• first\\n• second/);
    assert.match(blocks, /```\\ndumping shop\\ndone in 31 min\\n```/);
    assert.match(blocks, /<https:\/\/allswell.example\/incidents\/1\?a=1&amp;b=2\|Open>/);
  });

  test('nobody is called by what a job prints, and no block ends early', async () => {
    await send({ sentence: '<!channel> & <@U1>', outputTail: 'a ``` b' });
    const blocks = JSON.stringify(slack.taken[0]?.blocks);
    assert.match(blocks, /&lt;!channel&gt; &amp; &lt;@U1&gt;/);
    assert.equal(blocks.split('```').length, 3);
  });

  test('the end of a long output stays, its beginning goes', () => {
    const [, block] =
      renderSlack(sampleMessage({ facts: [], outputTail: `begin${'x'.repeat(3_990)}end` })).blocks?.slice(-3) ?? [];
    assert.match(JSON.stringify(block), /^(?!.*begin).*end\\n```/);
  });

  test('never more than fifty blocks', () => {
    assert.ok((renderSlack(hugeMessage()).blocks?.length ?? 0) <= 50);
  });

  test('refused blocks are followed by the plain text, once', async () => {
    slack.setState('refuses_blocks');
    const outcome = await send();
    assert.equal(outcome.ok, true);
    assert.equal(slack.http.requests.length, 2);
    assert.equal(slack.taken[0]?.blocks, undefined);
  });

  const answers: readonly (readonly [Reply, string, string])[] = [
    [{ status: 403, body: 'invalid_token' }, 'permanent_channel', 'invalid_token'],
    [{ status: 400, body: 'invalid_token' }, 'permanent_channel', 'invalid_token'],
    [{ status: 403, body: 'action_prohibited' }, 'permanent_channel', 'action_prohibited'],
    [{ status: 404, body: 'channel_not_found' }, 'permanent_channel', 'channel_not_found'],
    [{ status: 410, body: 'channel_is_archived' }, 'permanent_channel', 'channel_is_archived'],
    [{ status: 404, body: 'something new' }, 'permanent_channel', 'http_404'],
    [{ status: 400, body: 'invalid_payload' }, 'permanent_message', 'invalid_payload'],
    [{ status: 500, body: 'rollup_error' }, 'temporary', 'rollup_error'],
    [{ status: 200, body: '<html>Please sign in</html>' }, 'temporary', 'unexpected_answer'],
    [{ status: 201, body: 'ok' }, 'temporary', 'unexpected_answer'],
    [{ status: 302, headers: { location: '/login' } }, 'temporary', 'http_302'],
  ];
  for (const [reply, kind, code] of answers) {
    test(`${JSON.stringify(reply)} is ${kind}`, async () => {
      slack.http.setReply(reply);
      const outcome = await send();
      assert.ok(!outcome.ok);
      assert.deepEqual([outcome.kind, outcome.code], [kind, code]);
    });
  }
});
