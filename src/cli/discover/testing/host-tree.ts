import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asCron } from './as-cron.ts';

/** The wrapper as tests run it: it lies at the same path on the real host and below the tree's root. */
export const WRAPPER = fileURLToPath(new URL('../../../wrapper/allswell.sh', import.meta.url));

const UID = process.geteuid?.() ?? 0;
const GID = process.getegid?.() ?? 0;

/** A host as a folder, with one user, root, who is whoever runs the tests. */
export interface HostTree {
  readonly root: string;
  write(path: string, text: string, mode?: number): void;
  link(path: string, target: string): void;
  text(path: string): string;
  /** Every file and link with its mode and its bytes. */
  snapshot(): Record<string, string>;
  remove(): void;
}

export const SETTINGS = `/etc/allswell/run-${UID}.conf`;

export function makeHostTree(): HostTree {
  const root = mkdtempSync(join(tmpdir(), 'allswell-host-'));
  const place = (path: string) => {
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true, mode: 0o755 });
    return at;
  };
  const tree: HostTree = {
    root,
    write(path, text, mode = 0o644) {
      writeFileSync(place(path), text, 'latin1');
      chmodSync(join(root, path), mode);
    },
    link: (path, target) => symlinkSync(target, place(path)),
    text: (path) => readFileSync(join(root, path), 'latin1'),
    snapshot() {
      const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
      const files = names.filter((name) => lstatSync(join(root, name)).isFile());
      const shown = (name: string) => `${lstatSync(join(root, name)).mode.toString(8)} ${tree.text(name)}`;
      return Object.fromEntries(files.map((name) => [name, shown(name)]));
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
  tree.write('/etc/passwd', `root:x:${UID}:${GID}:root:/root:/bin/sh\nnobody broken line\n`);
  tree.write('/etc/hostname', 'web1.example\n');
  tree.write('/etc/debian_version', '12\n');
  tree.link('/etc/localtime', '/usr/share/zoneinfo/Europe/Berlin');
  copyFileSync(WRAPPER, place(WRAPPER));
  for (let at = WRAPPER; at !== '/'; at = dirname(at)) chmodSync(join(root, at), 0o755);
  return tree;
}

export interface CronRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command of a line as cron does: by its shell, with what follows the % as standard input. */
export async function runAsCron(tree: HostTree, command: string, shell = '/bin/sh'): Promise<CronRun> {
  const { text, input } = asCron(command);
  const env = { PATH: '/usr/bin:/bin', HOME: '/', SHELL: shell, ALLSWELL_CONFIG: join(tree.root, SETTINGS) };
  const child = spawn(shell, ['-c', text], { env });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString('latin1');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk.toString('latin1');
  });
  // A job that reads nothing may be gone before it is written to.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}
