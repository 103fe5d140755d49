import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { childrenOf } from '../cpu.ts';

const run = promisify(execFile);

const SAMPLES_PER_SECOND = 997;
const REPORT_LINES = 80;
const MAX_REPORT_BYTES = 64 * 2 ** 20;

/**
 * What the processes of PostgreSQL do for `seconds`, by function, kernel included, as perf(1) says it. Without a perf
 * that may look, a sentence that says so.
 */
export async function profilePostgres(postmasterPid: number, seconds: number, folder: string): Promise<string> {
  const data = join(folder, 'postgres.perf');
  try {
    const pids = childrenOf(postmasterPid).join(',');
    await run('perf', [
      'record',
      '-q',
      '-F',
      `${SAMPLES_PER_SECOND}`,
      '-p',
      pids,
      '-o',
      data,
      '--',
      'sleep',
      `${seconds}`,
    ]);
    const { stdout } = await run('perf', ['report', '--stdio', '-i', data, '-F', 'overhead,dso,symbol'], {
      maxBuffer: MAX_REPORT_BYTES,
    });
    const lines = stdout.split('\n').filter((line) => /^\s+\d/.test(line));
    return [`PostgreSQL, all its processes, by function`, ...lines.slice(0, REPORT_LINES), ''].join('\n');
  } catch (error) {
    return `PostgreSQL was not looked at: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}\n`;
  } finally {
    await rm(data, { force: true });
  }
}
