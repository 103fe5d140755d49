import { z } from 'zod';
import { cronflowOriginKey } from '../../core/origin.ts';
import { CommandError } from '../output.ts';
import {
  type ForeignJob,
  type ForeignPage,
  type ForeignSource,
  fitName,
  instantText,
  type UnreadableJob,
} from './job.ts';
import type { SourceGet } from './source-http.ts';

/** Jobs of one page, as many as the original gives. */
export const PAGE_JOBS = 100;
/** Pages that are asked for at the most: a million jobs. */
const MAX_PAGES = 10_000;
/** The original looks once a minute; so much later than its schedule a job may start. */
const START_GRACE_SECONDS = 60;

const jobSchema = z.object({
  name: z.string().min(1),
  schedule: z.string().nullable().default(null),
  status: z.string().default('pending'),
  last_run: z.string().nullable().default(null),
});
type CronflowJob = z.output<typeof jobSchema>;

/** Times without a zone are UTC: the original writes them by its database, which knows nothing else. */
function readInstant(text: string): string | null {
  return instantText(Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`));
}

export function translateJob(job: CronflowJob, timezone: string | undefined): ForeignJob {
  const schedule = job.schedule?.trim() ?? '';
  const zone = timezone === undefined ? {} : { timezone };
  return {
    external_key: cronflowOriginKey(job.name),
    monitor: {
      kind: 'process',
      name: fitName(job.name.trim(), 'a job of Cronflow'),
      schedule: schedule === '' ? null : { type: 'cron', expression: schedule, ...zone },
      start_grace_seconds: START_GRACE_SECONDS,
      // As its interface here makes them: Cronflow never calls a running job late.
      max_run_seconds: null,
      learn: false,
      armed_from: 'creation',
    },
    last_heard_at: job.last_run === null ? null : readInstant(job.last_run),
    was_up: job.status === 'success' || job.status === 'running',
    paused: null,
    lost: [],
  };
}

function readJob(row: unknown): CronflowJob | UnreadableJob {
  const result = jobSchema.safeParse(row);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  return { name: 'a job', reason: `${issue?.path.join('.') ?? 'it'}: ${issue?.message ?? 'cannot be read'}` };
}

/** A Cronflow, by its address. `timezone` is where its server reads schedules; the team's when not given. */
export function openCronflow(base: URL, timezone: string | undefined, get: SourceGet): ForeignSource {
  async function* pages(): AsyncGenerator<ForeignPage> {
    const seen = new Set<string>();
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const rows = z.array(z.unknown()).safeParse(await get(`/jobs?skip=${page * PAGE_JOBS}&limit=${PAGE_JOBS}`));
      if (!rows.success) throw new CommandError('there is no Cronflow at this address: GET /jobs answers no list');
      const read = rows.data.map(readJob);
      const jobs = read.flatMap((one) => ('reason' in one || seen.has(one.name) ? [] : [one]));
      for (const job of jobs) seen.add(job.name);
      const unreadable = read.flatMap((one) => ('reason' in one ? [one] : []));
      yield { jobs: jobs.map((job) => translateJob(job, timezone)), unreadable, total: null };
      // A full page of what is known already: it does not know of pages.
      if (rows.data.length < PAGE_JOBS || jobs.length === 0) return;
    }
  }
  return {
    description: `Cronflow at ${base.host}`,
    pages,
    async remarks() {
      return [
        ...(timezone === undefined
          ? [
              "Schedules were read in the team's time zone; if Cronflow ran in another one, import again with --tz ZONE.",
            ]
          : []),
        'Set SLACK_WEBHOOK_URL for the server here, and give `monitor.sh` the new base URL.',
      ];
    },
  };
}
