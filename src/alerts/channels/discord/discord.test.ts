import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { runChannelContract } from '../../../../test/contract/channel-contract.ts';
import { arrangeHttpScene } from '../../../../test/contract/http-scene.ts';
import { sampleMessage, sampleRequest } from '../../../../test/contract/sample-message.ts';
import {
  type DiscordReceiver,
  discordRateLimit,
  startDiscordReceiver,
} from '../../../../test/harness/receivers/discord-receiver.ts';
import type { Reply } from '../../../../test/harness/receivers/http-receiver.ts';
import { systemClock } from '../../../platform/clock.ts';
import { createOutboundDoor, type OutboundDoor } from '../../../platform/outbound/door.ts';
import type { ChannelKind } from '../contract.ts';
import { createDiscordChannel, type DiscordConfig } from './index.ts';
import { escapeDiscord, renderDiscord } from './render.ts';

runChannelContract({
  name: 'discord',
  secrets: () => ['sEcReT-sEcReT_sEcReT', '112233445566778899'],
  notApplicable: {},
  retryAfterMs: 1_337,
  unendingIs: 'temporary',
  async arrange(situation, tools) {
    const discord = await startDiscordReceiver();
    return arrangeHttpScene(situation, tools, {
      http: discord.http,
      rateLimited: discordRateLimit(1.337),
      goAway: () => discord.setState('removed'),
      build: (base) => ({
        channel: createDiscordChannel(tools),
        config: { url: base + new URL(discord.hookUrl).pathname },
      }),
    });
  },
});

describe('discord', () => {
  let discord: DiscordReceiver;
  let door: OutboundDoor;
  let channel: ChannelKind<DiscordConfig>;
  before(() => {
    door = createOutboundDoor({ clock: systemClock, privateTargets: true, ownPorts: [] });
    channel = createDiscordChannel({ door, clock: systemClock });
  });
  beforeEach(async () => {
    discord = await startDiscordReceiver();
  });
  afterEach(() => discord.close());
  after(() => door.close());
  const send = (url = discord.hookUrl, changes = {}) =>
    channel.send(sampleRequest({ url }, { message: sampleMessage(changes) }));

  test('the title is the content, the rest one embed in the colour of the tone', async () => {
    const outcome = await send();
    assert.match((outcome.ok && outcome.providerId) || '', /^\d+$/);
    const [payload] = discord.taken;
    assert.equal(payload?.content, 'DOWN nightly backup: nothing since 02:03 yesterday');
    const [embed] = payload?.embeds ?? [];
    assert.equal(embed?.color, 0xb3261e);
    assert.match(embed?.description ?? '', /Expected 02:00.*```\ndumping shop\ndone in 31 min\n```\n\[Open\]\(https:/s);
    assert.deepEqual(
      embed?.fields.map((field) => field.name),
      ['Monitor', 'Schedule'],
    );
    assert.deepEqual(payload?.allowed_mentions, { parse: [] });
  });

  test('a thread in the URL stays', async () => {
    await send(`${discord.hookUrl}?thread_id=42`);
    assert.equal(discord.taken[0]?.threadId, '42');
  });

  test('an embed that is refused is followed by the plain text, once', async () => {
    discord.setState('refuses_embeds');
    assert.equal((await send()).ok, true);
    assert.equal(discord.http.requests.length, 2);
    assert.equal(discord.taken[0]?.embeds, undefined);
  });

  test('a dead hook is asked once only', async () => {
    for (const [state, code] of [
      ['removed', 'discord_10015'],
      ['revoked', 'discord_50027'],
      ['forum', 'discord_220001'],
    ] as const) {
      discord.setState(state);
      const before = discord.http.requests.length;
      const outcome = await send();
      assert.ok(!outcome.ok);
      assert.deepEqual([outcome.kind, outcome.code], ['permanent_channel', code]);
      assert.equal(discord.http.requests.length - before, 1);
    }
  });

  const answers: readonly (readonly [Reply, string, string])[] = [
    [{ status: 403, body: '{"code":50013,"message":"Missing Permissions"}' }, 'permanent_channel', 'http_403'],
    [{ status: 404, body: 'no json' }, 'permanent_channel', 'http_404'],
    [{ status: 502, body: '<html>bad gateway</html>' }, 'temporary', 'http_502'],
    [{ status: 200, body: '<html>sign in</html>' }, 'temporary', 'unexpected_answer'],
    [{ status: 429, headers: { 'retry-after': '3' }, body: 'error 1015' }, 'rate_limited', 'http_429'],
  ];
  for (const [reply, kind, code] of answers) {
    test(`${JSON.stringify(reply)} is ${kind}`, async () => {
      discord.http.setReply(reply);
      const outcome = await send();
      assert.ok(!outcome.ok);
      assert.deepEqual([outcome.kind, outcome.code], [kind, code]);
    });
  }

  test('an empty 204 is taken, as without wait', async () => {
    discord.http.setReply({ status: 204 });
    assert.deepEqual(await send(), { ok: true, status: 204 });
  });

  test('Markdown loses its meaning', () => {
    assert.equal(escapeDiscord('a_b *c* `d` <@1> [x](y)'), 'a\\_b \\*c\\* \\`d\\` \\<@1> \\[x\\](y)');
    assert.equal(escapeDiscord('# no heading\n- no list\n2 - 1'), '\\# no heading\n\\- no list\n2 - 1');
  });

  test('the end of a long output stays, its beginning goes', () => {
    const message = sampleMessage({ outputTail: `begin${'x'.repeat(3_990)}end`, sentence: 's'.repeat(1_900) });
    const description = renderDiscord(message).embeds?.[0]?.description ?? '';
    assert.match(description, /end\n```/);
    assert.doesNotMatch(description, /begin/);
    assert.ok(description.length <= 4_096);
  });
});
