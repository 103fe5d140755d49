import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ChannelKind,
  MAX_ANSWER_LENGTH,
  MAX_SEND_MS,
  type SendFailure,
  type SendOutcome,
} from '../../src/alerts/channels/contract.ts';
import { createOutboundDoor, type OutboundDoor } from '../../src/platform/outbound/door.ts';
import type { Resolve } from '../../src/platform/outbound/resolver.ts';
import { createManualClock, type ManualClock } from '../harness/manual-clock.ts';
import { hostileMessage, hugeMessage, SAMPLE_ATTEMPT_AT, sampleMessage, sampleRequest } from './sample-message.ts';

/** What the receiver does with everything it is sent. */
export const SITUATIONS = [
  'taken',
  'rate_limited',
  'server_error',
  'gone',
  'hanging',
  'stalled',
  'endless',
  'cut',
  'refused',
  'unknown_name',
  'blocked',
] as const;
export type Situation = (typeof SITUATIONS)[number];

/** Real time. Less than any time-out a library has of its own: what ends has to end by our clock. */
const LONGEST_TEST_MS = 8_000;

export interface SceneTools {
  readonly clock: ManualClock;
  /** Lets private targets through except in the situation `blocked`; knows no name at all. */
  readonly door: OutboundDoor;
}

/** A channel with a receiver at its other end, in one situation. */
export interface Scene {
  readonly channel: ChannelKind;
  readonly config: unknown;
  /** Resolves once the receiver has what was sent (`hanging`, `stalled`). */
  readonly reached?: () => Promise<unknown>;
  /** Resolves once our side has hung up (`hanging`, `endless`). */
  readonly hungUp?: () => Promise<unknown>;
  /** The protocol's keys for repetitions, one per attempt that arrived (`taken`). */
  readonly repetitionKeys?: () => readonly string[];
  close(): Promise<void>;
}

export interface ContractSubject {
  readonly name: string;
  /** What must never stand in an outcome. */
  readonly secrets: () => readonly string[];
  /** A situation that the protocol or the operator's trust does not know is answered with null. */
  arrange(situation: Situation, tools: SceneTools): Promise<Scene | null>;
  readonly notApplicable: Readonly<Partial<Record<Situation, string>>>;
  /** What a `rate_limited` receiver asks for. */
  readonly retryAfterMs?: number;
  /** The outcome where the head of a good answer came and its body never ends: taken, or tried again. */
  readonly unendingIs: 'taken' | 'temporary';
}

const nameless: Resolve = async () => {
  throw Object.assign(new Error('unknown'), { code: 'ENOTFOUND' });
};

/** What every kind of channel owes to its caller, whoever sits at the other end. */
export function runChannelContract(subject: ContractSubject): void {
  async function inScene(situation: Situation, run: (scene: Scene, tools: SceneTools) => Promise<void>): Promise<void> {
    const clock = createManualClock(SAMPLE_ATTEMPT_AT);
    const privateTargets = situation !== 'blocked';
    const door = createOutboundDoor({ clock, privateTargets, ownPorts: [], resolve: nameless });
    const scene = await subject.arrange(situation, { clock, door });
    assert.ok(scene, `${situation} has to be arranged or declared not applicable`);
    try {
      await run(scene, { clock, door });
      assert.equal(clock.pending(), 0, 'a timer was left behind');
    } finally {
      await scene.channel.close?.();
      await door.close();
      await scene.close();
    }
  }

  function inSituation(
    situation: Situation,
    name: string,
    run: (scene: Scene, tools: SceneTools) => Promise<void>,
  ): void {
    const reason = subject.notApplicable[situation];
    if (reason === undefined) test(name, { timeout: LONGEST_TEST_MS }, () => inScene(situation, run));
  }

  function assertClean(outcome: SendOutcome): void {
    const said = (outcome.ok ? outcome.answer : outcome.safeText) ?? '';
    assert.ok(said.length <= MAX_ANSWER_LENGTH, `${said.length} characters were said`);
    assert.doesNotMatch(said, /[\r\n]/);
    if (!outcome.ok) assert.notEqual(said, '');
    for (const secret of subject.secrets()) {
      assert.ok(!JSON.stringify(outcome).includes(secret), `a secret is in ${JSON.stringify(outcome)}`);
    }
  }

  async function failing({ channel, config }: Scene): Promise<SendFailure> {
    const outcome = await channel.send(sampleRequest(config));
    assertClean(outcome);
    assert.ok(!outcome.ok, `it was taken: ${JSON.stringify(outcome)}`);
    return outcome;
  }

  describe(`${subject.name} keeps the contract of a channel`, () => {
    inSituation('taken', 'a message is taken', async ({ channel, config }) => {
      const outcome = await channel.send(sampleRequest(config));
      assertClean(outcome);
      assert.ok(outcome.ok, JSON.stringify(outcome));
      assert.ok(outcome.status >= 200 && outcome.status < 300);
    });

    inSituation('taken', 'no name, output or link can break its form', async ({ channel, config }) => {
      for (const message of [hostileMessage(), { ...hostileMessage(), language: 'ru' as const }]) {
        const outcome = await channel.send(sampleRequest(config, { message }));
        assert.ok(outcome.ok, JSON.stringify(outcome));
      }
    });

    inSituation('taken', 'a message of any length is cut until it is taken', async ({ channel, config }) => {
      const outcome = await channel.send(sampleRequest(config, { message: hugeMessage() }));
      assert.ok(outcome.ok, JSON.stringify(outcome));
    });

    inSituation('taken', 'a message of nothing but a title is taken', async ({ channel, config }) => {
      const bare = sampleMessage({ sentence: '', facts: [], lines: [], outputTail: null, links: [], thread: null });
      const outcome = await channel.send(sampleRequest(config, { message: bare }));
      assert.ok(outcome.ok, JSON.stringify(outcome));
    });

    inSituation('taken', 'a repetition carries the same key, where the protocol has one', async (scene) => {
      await scene.channel.send(sampleRequest(scene.config));
      await scene.channel.send(sampleRequest(scene.config, { attemptAt: SAMPLE_ATTEMPT_AT + 30_000 }));
      const keys = scene.repetitionKeys?.();
      if (keys === undefined) return;
      assert.equal(keys.length, 2);
      assert.equal(keys[0], keys[1]);
    });

    inSituation('taken', 'its settings pass its own schema, and no unknown field does', async ({ channel, config }) => {
      assert.deepEqual(channel.configSchema.parse(config), config);
      assert.equal(channel.configSchema.safeParse({ ...Object(config), surprise: 1 }).success, false);
      assert.equal(channel.configSchema.safeParse({}).success, false);
    });

    inSituation(
      'taken',
      'its settings are shown without secrets, its destination as a host',
      async ({ channel, config }) => {
        const shown = JSON.stringify(channel.mask(config));
        for (const secret of subject.secrets()) assert.ok(!shown.includes(secret), shown);
        assert.match(channel.destination(config), /^[a-z0-9.:[\]-]+$/i);
        for (const secret of subject.secrets()) assert.ok(!channel.destination(config).includes(secret));
      },
    );

    inSituation('rate_limited', 'a wish for rest is passed on', async (scene) => {
      const outcome = await failing(scene);
      assert.equal(outcome.kind, 'rate_limited');
      assert.equal(outcome.retryAfterMs, subject.retryAfterMs);
    });

    inSituation('server_error', "a receiver's own fault passes by itself", async (scene) => {
      assert.equal((await failing(scene)).kind, 'temporary');
    });

    inSituation('gone', 'an address that is gone is gone for good', async (scene) => {
      assert.equal((await failing(scene)).kind, 'permanent_channel');
    });

    inSituation(
      'hanging',
      'a receiver that says nothing costs no more than the longest attempt',
      async (scene, { clock }) => {
        const pending = failing(scene);
        await scene.reached?.();
        clock.advance(MAX_SEND_MS);
        const outcome = await pending;
        assert.deepEqual([outcome.kind, outcome.code], ['temporary', 'timeout']);
        await scene.hungUp?.();
      },
    );

    inSituation('hanging', 'an attempt can be given up, before and while it is made', async (scene) => {
      const early = await scene.channel.send(sampleRequest(scene.config, { signal: AbortSignal.abort() }));
      assert.equal(!early.ok && early.code, 'aborted');
      const controller = new AbortController();
      const pending = scene.channel.send(sampleRequest(scene.config, { signal: controller.signal }));
      await scene.reached?.();
      controller.abort();
      const late = await pending;
      assertClean(late);
      assert.equal(!late.ok && late.code, 'aborted');
      assert.equal(!late.ok && late.kind, 'temporary');
    });

    inSituation(
      'stalled',
      'an answer that stops half-way costs no more than the longest attempt',
      async (scene, { clock }) => {
        const pending = scene.channel.send(sampleRequest(scene.config));
        await scene.reached?.();
        clock.advance(MAX_SEND_MS);
        const outcome = await pending;
        assertClean(outcome);
        assert.ok(outcome.ok ? subject.unendingIs === 'taken' : outcome.code === 'timeout', JSON.stringify(outcome));
      },
    );

    inSituation('endless', 'of an endless answer only the beginning is read', async (scene) => {
      const outcome = await scene.channel.send(sampleRequest(scene.config));
      assertClean(outcome);
      assert.equal(outcome.ok ? 'taken' : outcome.kind, subject.unendingIs);
      await scene.hungUp?.();
    });

    inSituation('cut', 'a connection that is cut is tried again', async (scene) => {
      assert.equal((await failing(scene)).kind, 'temporary');
    });

    inSituation('refused', 'a refused connection is tried again', async (scene) => {
      const outcome = await failing(scene);
      assert.deepEqual([outcome.kind, outcome.code], ['temporary', 'connect']);
    });

    inSituation('unknown_name', 'a name that cannot be looked up is tried again', async (scene) => {
      const outcome = await failing(scene);
      assert.deepEqual([outcome.kind, outcome.code], ['temporary', 'dns']);
    });

    inSituation('blocked', 'a closed address is never called', async (scene) => {
      const outcome = await failing(scene);
      assert.deepEqual([outcome.kind, outcome.code], ['permanent_channel', 'blocked_address']);
    });
  });
}
