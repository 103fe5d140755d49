import { setTimeout as pause } from 'node:timers/promises';
import { type Chance, pick } from './plan.ts';
import type { Timeline } from './timeline.ts';

/** A client waits no longer for an answer: the node may be frozen. */
const ANSWER_WITHIN_MS = 2_500;
const RETRY_AFTER_MS = 40;

/** One ping that was sent under a name of its own. */
export interface SentPing {
  /** Told as User-Agent, and as Idempotency-Key where it was repeated. */
  readonly name: string;
  readonly monitorId: string;
  /** When its first try left. */
  readonly sentAt: number;
  /** When the answer 2xx was here; null: nobody knows what became of it. */
  ackedAt: number | null;
}

/** What was sent, and what was promised. */
export type Ledger = SentPing[];

export interface CallTarget {
  readonly id: string;
  readonly key: string;
}

export interface CallOptions {
  /** What stands behind the key, such as `/fail`. */
  readonly path?: string;
  /** Repeated, with an Idempotency-Key and on any node, until it is acknowledged. */
  readonly surely: boolean;
  readonly body?: string;
}

export interface Caller {
  /** Answers what became of it; null when it was given up because the load ends. */
  call(monitor: CallTarget, options: CallOptions): Promise<SentPing | null>;
  readonly ledger: Ledger;
  /** From now on nothing is repeated any more. */
  giveUp(): void;
}

/** Sends pings to all of `bases`, keeps the ledger, and looks at every answer. */
export function createCaller(bases: readonly string[], chance: Chance, timeline: Timeline): Caller {
  const ledger: Ledger = [];
  let count = 0;
  let isOver = false;

  const tryOnce = async (url: string, name: string, { surely, body }: CallOptions): Promise<boolean> => {
    try {
      const response = await fetch(url, {
        headers: { 'user-agent': name, ...(surely ? { 'idempotency-key': name } : {}) },
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        ...(body === undefined ? {} : { method: 'POST', body }),
      });
      await response.arrayBuffer();
      if (response.ok) return true;
      const isPolite = response.status === 503 && response.headers.has('retry-after');
      if (!isPolite) timeline.violation(`${name} was answered ${response.status}, and not 503 with Retry-After`);
    } catch (error) {
      // Killed, cut or frozen between ping and answer: nobody knows. What is no error of the network is ours.
      if (!(error instanceof TypeError) && !(error instanceof DOMException)) throw error;
    }
    return false;
  };

  return {
    ledger,
    giveUp() {
      isOver = true;
    },
    async call(monitor, options) {
      count += 1;
      const ping: SentPing = { name: `ping-${count}`, monitorId: monitor.id, sentAt: Date.now(), ackedAt: null };
      ledger.push(ping);
      for (;;) {
        const url = `${pick(chance, bases)}/ping/${monitor.key}${options.path ?? ''}`;
        if (await tryOnce(url, ping.name, options)) {
          ping.ackedAt = Date.now();
          return ping;
        }
        if (!options.surely) return ping;
        if (isOver) return null;
        await pause(RETRY_AFTER_MS);
      }
    },
  };
}
