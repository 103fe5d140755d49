import { setTimeout as pause } from 'node:timers/promises';
import type { TestMonitor } from '../harness/fixtures.ts';

/** A client that is polite: it tries again, on any node, after a connection error or a 503. */
const RETRY_AFTER_MS = 20;
const MAX_TRIES = 500;
const ANSWER_WITHIN_MS = 10_000;

/** What a load of pings came to. */
export interface Clients {
  /** The names of those that were acknowledged, as their User-Agent. */
  readonly stored: readonly string[];
  /** Answers that are neither 2xx nor 503 with Retry-After. */
  readonly wrong: readonly string[];
  /** Lets each finish what it is at. */
  stop(): Promise<void>;
}

/** `count` clients that ping these monitors on and on; `bases` answers which nodes there are just now. */
export function startClients(monitors: readonly TestMonitor[], bases: () => readonly string[], count: number): Clients {
  const stored: string[] = [];
  const wrong: string[] = [];
  let isOver = false;
  let names = 0;

  const tryOnce = async (url: string, name: string): Promise<boolean> => {
    try {
      const response = await fetch(url, {
        headers: { 'user-agent': name, 'idempotency-key': name },
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      await response.arrayBuffer();
      const isPolite = response.status === 503 && response.headers.has('retry-after');
      if (!response.ok && !isPolite) wrong.push(`${name}: ${response.status}`);
      return response.ok;
    } catch {
      // That node is just being restarted: the next try asks another one.
      return false;
    }
  };

  const client = async (number: number) => {
    while (!isOver) {
      names += 1;
      const name = `client-${number}-${names}`;
      const key = monitors[names % monitors.length]?.key;
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const there = bases();
        if (await tryOnce(`${there[(number + tries) % there.length]}/ping/${key}`, name)) {
          stored.push(name);
          break;
        }
        await pause(RETRY_AFTER_MS);
      }
    }
  };

  const done = Promise.all(Array.from({ length: count }, (_, number) => client(number)));
  return {
    stored,
    wrong,
    async stop() {
      isOver = true;
      await done;
    },
  };
}
