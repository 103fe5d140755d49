import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { LoadPlan, LoadResult } from './load-plan.ts';

/** The generator ends by itself; this much later than planned it is ended. */
const OVERTIME_MS = 60_000;

/** What a child process printed until it ended; rejects when it ended badly or not in time. */
function outputOf(child: ChildProcess, withinMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(output);
      else reject(new Error(`the load generator ended with ${code ?? signal}`));
    });
  });
}

/** Runs one load in a process of its own. */
export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'load.ts'), JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(await outputOf(child, plan.seconds * 1_000 + OVERTIME_MS));
}
