import { MINUTE_MS } from '../../core/instant.ts';
import type { Clock } from '../../platform/clock.ts';
import type { GocronJob } from '../../store/gocron-jobs.ts';

/** Jobs kept in memory, some 500 bytes each. */
export const MAX_KNOWN_JOBS = 100_000;
/**
 * What is known of a job is looked up again after this long. Changes of its definition are noticed at once by its
 * version; this is for what has none: its channel was deleted, its site taken apart.
 */
export const KNOWN_FOR_MS = 60 * MINUTE_MS;

/** What check-ins ask for again and again, so that one that asks for nothing new costs no more than a ping. */
export interface JobCache {
  find(teamId: string, originKey: string): GocronJob | undefined;
  keep(teamId: string, jobs: readonly GocronJob[]): void;
  forget(teamId: string, originKey: string): void;
}

export function createJobCache(clock: Pick<Clock, 'monotonic'>, limit = MAX_KNOWN_JOBS): JobCache {
  const known = new Map<string, { readonly job: GocronJob; readonly until: number }>();
  // An id has no line break, so no two teams share a name.
  const nameOf = (teamId: string, originKey: string) => `${teamId}\n${originKey}`;
  return {
    find(teamId, originKey) {
      const found = known.get(nameOf(teamId, originKey));
      return found !== undefined && found.until > clock.monotonic() ? found.job : undefined;
    },
    keep(teamId, jobs) {
      const until = clock.monotonic() + KNOWN_FOR_MS;
      for (const job of jobs) {
        const name = nameOf(teamId, job.originKey);
        known.delete(name);
        known.set(name, { job, until });
        const [oldest] = known.size > limit ? known.keys() : [];
        if (oldest !== undefined) known.delete(oldest);
      }
    },
    forget: (teamId, originKey) => void known.delete(nameOf(teamId, originKey)),
  };
}
