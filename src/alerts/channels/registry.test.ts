import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { z } from 'zod';
import { sampleRequest } from '../../../test/contract/sample-message.ts';
import { systemClock } from '../../platform/clock.ts';
import { createLogger } from '../../platform/logger.ts';
import { createOutboundDoor, type OutboundDoor } from '../../platform/outbound/door.ts';
import { CHANNEL_KINDS } from './contract.ts';
import { type ChannelDeps, closeChannelKinds, createChannelKinds } from './registry.ts';

const door = createOutboundDoor({ clock: systemClock, privateTargets: false, ownPorts: [] });
after(() => door.close());
const lines: string[] = [];

function deps(changes: Partial<ChannelDeps> = {}): ChannelDeps {
  return {
    door,
    clock: systemClock,
    logger: createLogger({
      level: 'error',
      format: 'text',
      clock: systemClock,
      write: (line) => void lines.push(line),
    }),
    publicUrl: 'https://allswell.example',
    smtpUrl: null,
    mailFrom: null,
    telegram: { token: null, apiBase: 'https://api.telegram.org', proxyUrl: null },
    ...changes,
  };
}

test('every kind of channel is there, under its own name', () => {
  const kinds = createChannelKinds(deps());
  assert.deepEqual([...kinds.keys()], [...CHANNEL_KINDS]);
  for (const [name, kind] of kinds) assert.equal(kind.kind, name);
});

test("what lacks an operator's setting is there and says which one", async () => {
  const kinds = createChannelKinds(deps());
  for (const [name, setting, config] of [
    ['email', 'SMTP_URL', { to: 'a@example.com' }],
    ['telegram', 'TELEGRAM_BOT_TOKEN', { chat_id: 1 }],
  ] as const) {
    const outcome = await kinds.get(name)?.send(sampleRequest(config));
    assert.ok(outcome && !outcome.ok);
    assert.deepEqual([outcome.kind, outcome.code], ['operator', 'not_configured']);
    assert.ok(outcome.safeText.includes(setting));
  }
});

test('the settings of every kind can be described to machines', () => {
  for (const kind of createChannelKinds(deps()).values()) {
    const schema = z.toJSONSchema(kind.configSchema);
    assert.equal(schema.type, 'object');
    assert.equal(schema.additionalProperties, false);
  }
});

test('a mistake of ours costs one attempt, is logged, and is never thrown', async () => {
  const broken: OutboundDoor = { ...door, request: () => Promise.reject(new Error('a fault of ours')) };
  const kinds = createChannelKinds(deps({ door: broken }));
  const outcome = await kinds.get('slack')?.send(sampleRequest({ url: 'https://x.test/' }));
  assert.ok(outcome && !outcome.ok);
  assert.deepEqual([outcome.kind, outcome.code], ['temporary', 'internal']);
  assert.doesNotMatch(outcome.safeText, /fault of ours/);
  assert.match(lines.join('\n'), /a fault of ours/);
});

test('closing lets go of the mail server', async () => {
  const kinds = createChannelKinds(deps({ smtpUrl: 'smtp://127.0.0.1:9' }));
  await closeChannelKinds(kinds);
  const outcome = await kinds.get('email')?.send(sampleRequest({ to: 'a@example.com' }));
  assert.equal(outcome?.ok, false);
});
