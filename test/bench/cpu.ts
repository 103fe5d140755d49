import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc; fixed on Linux for every architecture that we know. */
const TICKS_PER_SECOND = 100;

interface Times {
  readonly parent: number;
  readonly own: number;
  readonly ofEndedChildren: number;
}

/** Null when the process is gone. */
function readTimes(pid: number | string): Times | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const at = (index: number) => fields[index] ?? 0;
    return { parent: at(1), own: at(11) + at(12), ofEndedChildren: at(13) + at(14) };
  } catch {
    return null;
  }
}

/** Seconds of processor time that one process used so far, its threads included. */
export function processSeconds(pid: number): number {
  return (readTimes(pid)?.own ?? 0) / TICKS_PER_SECOND;
}

/** The processes that this one started and that are there now. */
export function childrenOf(parentPid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readTimes(name)?.parent === parentPid)
    .map(Number);
}

/** The same of a PostgreSQL: its first process, everything that it started, and what of that has ended already. */
export function postgresSeconds(postmasterPid: number): number {
  const postmaster = readTimes(postmasterPid);
  if (postmaster === null) throw new Error('PostgreSQL is gone');
  let ticks = postmaster.own + postmaster.ofEndedChildren;
  for (const pid of childrenOf(postmasterPid)) ticks += readTimes(pid)?.own ?? 0;
  return ticks / TICKS_PER_SECOND;
}

/** Resident memory of a process in MB. */
export function residentMb(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
  return (pages * 4096) / 2 ** 20;
}
