/**
 * What Node alone does: our HTTP server as it is, with everything that it does for a ping, in front of an ingest that
 * has no database. It answers at once, or, given a number of milliseconds, all that came in that time together, as a
 * commit does. Prints its port; ends with its parent.
 */
import { createHttpServer } from '../../src/http/server.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Ingest } from '../../src/watch/ingest.ts';
import type { PingAnswer } from '../../src/watch/ping.ts';
import { testServices } from '../harness/api.ts';

const STORED: PingAnswer = { result: 'stored', paused: false };

const gatherMs = Number(process.argv[2] ?? 0);
const waiting: ((answer: PingAnswer) => void)[] = [];

function answerAll(): void {
  for (const answer of waiting.splice(0)) answer(STORED);
}

function acceptLater(): Promise<PingAnswer> {
  if (waiting.length === 0) setTimeout(answerAll, gatherMs);
  return new Promise((resolve) => void waiting.push(resolve));
}

const ingest: Ingest = {
  accept: gatherMs === 0 ? async () => STORED : acceptLater,
  noteRefused: () => undefined,
  oldestPendingAt: () => null,
  settle: async () => undefined,
  settleAll: async () => null,
  drain: async () => undefined,
  counters: { stored: 0, unknown: 0, refused: 0, flushes: 0 },
  queued: 0,
  unfolded: 0,
};

// Nobody asks it anything: a connection would be made by the first question.
const database = openDatabase({
  connection: { connectionString: 'postgresql://nobody@127.0.0.1:1/none' },
  maxConnections: 1,
  name: 'nobody',
  statementTimeoutMs: 1_000,
  onIdleError: () => undefined,
});
const health = { notReady: () => null, metrics: async () => [] };
const services = testServices(database, systemClock, health, new Map());
const server = createHttpServer({ ...services, ingest });
process.stdout.write(`${await server.listen(0, '127.0.0.1')}\n`);
process.stdin.resume().once('end', () => process.exit(0));
