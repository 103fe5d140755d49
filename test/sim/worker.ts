/** Tells stories in a thread of its own: a seed comes in, its result goes out. See workers.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { runSeed } from './seed.ts';
import type { Task } from './workers.ts';

const { server, shownMonitor, ...options } = workerData as Task;
const port = parentPort;
if (port === null) throw new Error('this is started by workers.ts');
port.on('message', async (seed: number) => {
  port.postMessage(await runSeed(server, { ...options, seed }, shownMonitor));
});
