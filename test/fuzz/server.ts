/** One node as a process of its own, started by `node-process.ts`: what it uses and what it complains of is asked over IPC. */
import { systemClock } from '../../src/platform/clock.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { startTestNode } from '../harness/node.ts';
import type { SocketConnection } from '../harness/postgres.ts';

/** What this process says of itself. */
export interface Report {
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly rssBytes: number;
  /** Lines of the log with the level error, since the last report. */
  readonly errors: readonly string[];
  /** The longest time for which the event loop did nothing else, in milliseconds, since the last report. */
  readonly longestBlockMs: number;
}

const MAX_ERRORS = 20;
const TICK_MS = 20;

const errors: string[] = [];
let longestBlockMs = 0;
let tickedAt = performance.now();
setInterval(() => {
  const now = performance.now();
  longestBlockMs = Math.max(longestBlockMs, now - tickedAt - TICK_MS);
  tickedAt = now;
}, TICK_MS).unref();

const logger = createLogger({
  level: 'error',
  format: 'json',
  clock: systemClock,
  write: (line) => {
    if (errors.length < MAX_ERRORS) errors.push(line);
  },
});

const connection = JSON.parse(process.env.FUZZ_DATABASE ?? '') as SocketConnection;
const env = JSON.parse(process.env.FUZZ_ENV ?? '{}') as Record<string, string>;
const node = await startTestNode(connection, env, logger);
process.on('message', async (message) => {
  if (message === 'end') {
    await node.end();
    process.disconnect?.();
    return;
  }
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const report: Report = {
    heapBytes: heapUsed,
    externalBytes: external,
    rssBytes: rss,
    errors: errors.splice(0),
    longestBlockMs,
  };
  longestBlockMs = 0;
  process.send?.(report);
});
// Whoever started us is gone.
process.on('disconnect', () => process.exit());
process.send?.({ port: node.port });
