import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { type Clock, systemClock } from '../../../src/platform/clock.ts';
import { createLogger } from '../../../src/platform/logger.ts';
import { createIdSource, systemRandom } from '../../../src/platform/random.ts';
import type { Database } from '../../../src/store/database.ts';
import { createDefinitionCache } from '../../../src/watch/definitions.ts';
import { createIngest } from '../../../src/watch/ingest.ts';
import type { Ping } from '../../../src/watch/ping.ts';
import { createHistogram, type LatencySummary } from '../histogram.ts';
import { pingKey } from '../keys.ts';

const clock: Clock = systemClock;

function pingOf(key: string): Ping {
  return {
    key,
    name: null,
    kind: 'success',
    receivedAt: clock.now(),
    reportedAt: null,
    runId: null,
    exitStatus: null,
    idempotencyKey: null,
    method: 'GET',
    remoteAddr: '127.0.0.1',
    userAgent: '',
    body: null,
    bodySize: 0,
  };
}

/** The ingest of a node without HTTP before it: `atOnce` callers, each of whom pings again as soon as it was answered. */
export async function measureIngest(
  database: Database,
  { monitors, atOnce, seconds }: { monitors: number; atOnce: number; seconds: number },
): Promise<{ stored: number; perSecond: number; latencyMs: LatencySummary }> {
  const ingest = createIngest({
    database,
    definitions: createDefinitionCache(),
    clock,
    newId: createIdSource(clock, systemRandom),
    logger: createLogger({ level: 'warn', format: 'text', clock, write: (line) => process.stderr.write(`${line}\n`) }),
    nodeId: randomUUID(),
    onRefused: () => undefined,
    unrecordedGap: () => null,
  });
  const keys = Array.from({ length: monitors }, (_, index) => pingKey(index));
  const histogram = createHistogram();
  let stored = 0;
  const from = performance.now();
  const caller = async () => {
    while (performance.now() - from < seconds * 1_000) {
      const key = keys[Math.floor(Math.random() * keys.length)] ?? '';
      const begun = performance.now();
      const answer = await ingest.accept(pingOf(key));
      if (answer.result !== 'stored') throw new Error(`a ping was ${answer.result}`);
      histogram.record(performance.now() - begun);
      stored += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return { stored, perSecond: (stored * 1_000) / (performance.now() - from), latencyMs: histogram.summary() };
}
