import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LAUNCHER = join(import.meta.dirname, '../../bin/allswell');
const READY = /^allswell is ready (?:at (\S+)|to ).*$/m;
const READY_WITHIN_MS = 60_000;

/** `allswell serve` as a process of its own, in a folder of its own. */
export interface ServerProcess {
  readonly child: ChildProcess;
  /** What it wrote so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** The address of its ready line; empty where it listens nowhere. */
  ready(): Promise<string>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** A folder for data. Started by root, the database runs as another user, who has to pass. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'allswell-serve-'));
  chmodSync(folder, 0o755);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export function startServer(
  cwd: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  launcher = LAUNCHER,
): ServerProcess {
  const path = process.env.PATH ?? '';
  const child = spawn(launcher, ['serve', ...args], {
    cwd,
    env: { PATH: path, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  const ready = () =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const line = READY.exec(stdout);
        if (line === null) return;
        clearTimeout(timer);
        resolve(line[1] ?? '');
      };
      const timer = setTimeout(() => reject(new Error(`not ready in time: ${stdout}${stderr}`)), READY_WITHIN_MS);
      child.stdout.on('data', look);
      ended.then((code) => reject(new Error(`it ended with ${code}: ${stdout}${stderr}`)));
      look();
    });
  return { child, output: () => ({ stdout, stderr }), ready, ended };
}
