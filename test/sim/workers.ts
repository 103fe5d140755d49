import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SocketConnection } from '../harness/postgres.ts';
import type { SeedResult, StoryOptions } from './seed.ts';

/** What a worker is given once, for all of its stories. */
export interface Task extends Omit<StoryOptions, 'seed'> {
  readonly server: SocketConnection;
  readonly shownMonitor: number | null;
}

/** A story makes a lot of short-lived things; with little room for the young ones they are copied again and again. */
const YOUNG_MB = 64;

/**
 * Tells the story of each seed, as many at a time as the machine has cores. No further one is begun once `isEnough`.
 * Answers how many were told; rejects when one of them breaks off.
 */
export async function tellStories(
  task: Task,
  seeds: readonly number[],
  onTold: (result: SeedResult) => void,
  isEnough: () => boolean = () => false,
): Promise<number> {
  const waiting = [...seeds];
  let told = 0;
  const work = async () => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: task,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    try {
      for (let seed = waiting.shift(); seed !== undefined && !isEnough(); seed = waiting.shift()) {
        worker.postMessage(seed);
        const [result] = (await once(worker, 'message').catch((cause: unknown) => {
          throw new Error(`the story of seed ${seed} broke off`, { cause });
        })) as [SeedResult];
        told += 1;
        onTold(result);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), seeds.length) }, work));
  return told;
}
