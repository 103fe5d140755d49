import type { FastifyRequest } from 'fastify';
import { hashJobAddress, pointJobMailTo } from '../../alerts/job-mail.ts';
import { gocronOriginKey } from '../../core/origin.ts';
import { type GocronJob, readGocronJobs } from '../../store/gocron-jobs.ts';
import { createMonitor, editMonitor } from '../../watch/manage.ts';
import { MAX_NAME_CHARACTERS, MAX_TAG_CHARACTERS } from '../api/monitors-schema.ts';
import type { Services } from '../services.ts';
import type { Guest } from './dialect.ts';
import { createJobCache } from './gocron-cache.ts';
import type { CheckIn } from './gocron-check-in.ts';
import { joinAccountSite, setGateway } from './gocron-sites.ts';
import { createQueues } from './queues.ts';
import { report } from './report.ts';

/** A look at one job brings those behind it along: after a start most of them are asked for soon. */
const LOOKED_UP_AT_ONCE = 50;
/** A job that is made, deleted or given another key under our hands is looked at again this often. */
const MAX_TRIES = 3;
/** As gocron: a job may not be late at all, unless it says so. */
const DEFAULT_TOLERANCE_SECONDS = 0;

/** `stored`: it is on disk, and the job is as the check-in wishes it. `unavailable`: it should be tried again. */
export type CheckInAnswer = 'stored' | 'unavailable';

/** The jobs of gocron's clients, which are monitors like all others. */
export interface GocronJobs {
  /** Makes or changes the job where that is needed, and counts the check-in. Rejects when the database is away. */
  checkIn(request: FastifyRequest, guest: Guest, wish: CheckIn): Promise<CheckInAnswer>;
}

function cut(text: string, most: number): string {
  const characters = [...text];
  return text.length <= most ? text : `${characters.slice(0, Math.floor(most / 2)).join('')}…`;
}

/** A job whose schedule a person changed to another kind has no period, and is given the one that it asks for. */
function hasTiming(job: GocronJob, wish: CheckIn): boolean {
  const isTolerant = wish.toleranceSeconds === null || job.graceSeconds === wish.toleranceSeconds;
  return isTolerant && job.periodSeconds === wish.frequencySeconds;
}

/** A site that a person made around this job is the person's affair, whatever the job says. */
function hasSite(job: GocronJob, wish: CheckIn): boolean {
  return job.gatewayBy === 'person' || (job.gatewayBy === 'job') === wish.isSite;
}

export function createGocronJobs(services: Services): GocronJobs {
  const { database, definitions } = services;
  const cache = createJobCache(services.clock);
  const queues = createQueues();

  const hasMail = (job: GocronJob, wish: CheckIn) => job.addressHash === hashJobAddress(services, wish.email);
  const isAsWished = (job: GocronJob, wish: CheckIn) =>
    hasTiming(job, wish) && hasMail(job, wish) && hasSite(job, wish);

  const look = async (teamId: string, originKey: string): Promise<GocronJob | null> => {
    const jobs = await readGocronJobs(database, teamId, originKey, LOOKED_UP_AT_ONCE);
    cache.keep(teamId, jobs);
    const [first] = jobs;
    if (first?.originKey === originKey) return first;
    cache.forget(teamId, originKey);
    return null;
  };

  const make = async ({ team }: Guest, wish: CheckIn, originKey: string): Promise<void> => {
    const made = await createMonitor(
      services,
      { teamId: team.id, timezone: team.timezone },
      {
        kind: 'heartbeat',
        name: cut(wish.cronname, MAX_NAME_CHARACTERS),
        tags: [cut(wish.account, MAX_TAG_CHARACTERS)],
        schedule: { type: 'period', seconds: wish.frequencySeconds },
        graceSeconds: wish.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS,
        origin: { dialect: 'gocron', key: originKey },
      },
    );
    // Another node was quicker: it is looked up, and changed where it is not what is wished here.
    if ('refused' in made && made.refused === 'origin_taken') return;
    if ('refused' in made) throw new Error(`a job could not be made: ${JSON.stringify(made)}`);
    if (!wish.isSite) await joinAccountSite(services, team.id, made.monitor.id, wish.account);
  };

  const change = async ({ team }: Guest, job: GocronJob, wish: CheckIn): Promise<void> => {
    const { id } = job;
    if (!hasTiming(job, wish)) {
      const schedule = { type: 'period', seconds: wish.frequencySeconds } as const;
      const graceSeconds = wish.toleranceSeconds ?? undefined;
      await editMonitor(services, { teamId: team.id, timezone: team.timezone }, id, { schedule, graceSeconds });
    }
    if (!hasMail(job, wish)) await pointJobMailTo(services, { teamId: team.id, monitorId: id }, wish.email);
    if (!hasSite(job, wish)) await setGateway(services, team.id, job, wish);
  };

  /** The job as it is now, made and changed until it is as wished; one check-in at a time for each job. */
  const settle = (guest: Guest, wish: CheckIn, originKey: string): Promise<GocronJob | null> =>
    queues.run(`${guest.team.id}\n${originKey}`, async () => {
      const { id: teamId } = guest.team;
      let job = cache.find(teamId, originKey) ?? null;
      if (job !== null && isAsWished(job, wish) && definitions.ofKey(job.pingKey)?.version === job.version) return job;
      job = await look(teamId, originKey);
      if (job === null) {
        await make(guest, wish, originKey);
        job = await look(teamId, originKey);
      }
      if (job === null || isAsWished(job, wish)) return job;
      await change(guest, job, wish);
      return look(teamId, originKey);
    });

  return {
    async checkIn(request, guest, wish) {
      const originKey = gocronOriginKey(wish.account, wish.cronname);
      const { id: teamId } = guest.team;
      for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
        const known = cache.find(teamId, originKey) ?? (await look(teamId, originKey));
        const job = known ?? (await settle(guest, wish, originKey));
        if (job === null) continue;
        // The sign of life first: it is on disk whatever becomes of the wishes.
        const result = await report(services, request, guest, job.pingKey, 'success');
        if (result === 'unavailable') return result;
        if (result === 'unknown') {
          cache.forget(teamId, originKey);
          continue;
        }
        const isCurrent = definitions.ofKey(job.pingKey)?.version === job.version;
        if (!isCurrent || !isAsWished(job, wish)) await settle(guest, wish, originKey);
        return 'stored';
      }
      return 'unavailable';
    },
  };
}
