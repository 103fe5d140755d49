import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { errorCode } from './errors.ts';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from the machine's start to the process's start (field 22 of /proc/<pid>/stat). */
  readonly startTicks: string;
}

export interface ProcessStat extends ProcessIdentity {
  readonly name: string;
  /** R, S, D, T, Z … */
  readonly state: string;
}

// The process is gone, or is none of our business; ESRCH comes when it ends between open and read.
const UNSEEN = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM']);

function look<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (UNSEEN.has(errorCode(error))) return null;
    throw error;
  }
}

/** `pid (name) state ppid …`; the name may hold spaces and brackets itself. */
export function parseStat(text: string): ProcessStat | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (open < 0 || close < open || !state || !startTicks) return null;
  return { pid: Number(text.slice(0, open)), name: text.slice(open + 1, close), state, startTicks };
}

/** Null when no such process lives; one that ended and waits for its parent to notice counts as ended. */
export function readProcess(pid: number): ProcessStat | null {
  const text = look(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const stat = text === null ? null : parseStat(text);
  return stat && stat.state !== 'Z' && stat.state !== 'X' ? stat : null;
}

/**
 * Whether the number is in use at all, be it by one that has ended and that nobody collects: where allswell is the first
 * process of a container, or the first process is careless, PostgreSQL takes such a one for a living server.
 */
export function isNumberTaken(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

export function isAlive(identity: ProcessIdentity): boolean {
  return readProcess(identity.pid)?.startTicks === identity.startTicks;
}

/** Sends the signal, unless the process is gone or its number is another's by now. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch (error) {
    if (errorCode(error) === 'ESRCH' || errorCode(error) === 'EPERM') return false;
    throw error;
  }
}

/** Whether the process is a PostgreSQL server process of this cluster: they all work inside its folder. */
function servesCluster(pid: number, cluster: string): boolean {
  const name = readProcess(pid)?.name;
  if (name !== 'postgres' && name !== 'postmaster') return false;
  return look(() => readlinkSync(`/proc/${pid}/cwd`)) === look(() => realpathSync(cluster));
}

/** The process if it is a server process of the cluster, else null. */
export function findServer(pid: number, cluster: string): ProcessIdentity | null {
  const stat = readProcess(pid);
  return stat && servesCluster(pid, cluster) ? { pid: stat.pid, startTicks: stat.startTicks } : null;
}

/** All server processes of the cluster; what is left over after its first process was killed. */
export function findServerProcesses(cluster: string): ProcessIdentity[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => findServer(Number(name), cluster) ?? []);
}
