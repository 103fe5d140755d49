import { CommandError } from '../output.ts';
import type { Host } from './host.ts';
import type { Job } from './job.ts';
import { findAnacronJobs } from './scan-anacron.ts';
import { type CrontabFile, findCrontabs, jobsOfCrontab } from './scan-crontabs.ts';
import { findTimerJobs } from './scan-timers.ts';
import type { Tree } from './tree.ts';

/** More lines than this on one host are not gone through. */
export const MAX_JOBS = 5_000;

/**
 * Every scheduled job of a host. `own`: only this crontab, for who may not see the others. `user`: only what runs as
 * that user.
 */
export function scanHost(tree: Tree, host: Host, own: CrontabFile | null, user: string | null): Job[] {
  const all =
    own === null
      ? [
          ...findCrontabs(tree, host).flatMap((file) => jobsOfCrontab(file, host, tree)),
          ...findAnacronJobs(tree, host),
          ...findTimerJobs(tree, host),
        ]
      : jobsOfCrontab(own, host, tree);
  const jobs = user === null ? all : all.filter((job) => job.user === user);
  if (jobs.length > MAX_JOBS) {
    throw new CommandError(`${jobs.length} jobs were found and ${MAX_JOBS} are taken at a time; choose with --user`);
  }
  return jobs;
}
