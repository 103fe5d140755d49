import { type Instant, MINUTE_MS } from '../../core/instant.ts';
import { createScheduleCache } from '../../core/schedule/schedule.ts';
import type { Chance } from '../../platform/chance.ts';
import { type Clock, sleep } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Database } from '../../store/database.ts';
import { listMemberships } from '../../store/members.ts';
import { listMonitors } from '../../store/monitors.ts';
import { readDefinitions } from '../../store/states.ts';
import { findUserByEmail } from '../../store/users.ts';
import { definitionOf } from '../../watch/definitions.ts';
import type { Ping } from '../../watch/ping.ts';
import { PEOPLE, STORY_MS, TEAMS } from './story.ts';
import { pingsOf } from './tell.ts';

/** Of a team of the story; far more than it has. */
const MAX_JOBS = 200;
/** A timer is set no further ahead: Node's own cannot count to a month. */
const MAX_SLEEP_MS = 10 * MINUTE_MS;

export interface JobsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly chance: Chance;
  readonly shownAt: Instant;
  /** What was said until then was heard. */
  readonly heardUntil: Instant;
  /** Where the server takes pings. */
  readonly url: string;
}

/** The jobs of the story go on: each says by HTTP what it has to say, at its time. Answers what ends them. */
export async function startJobs(options: JobsOptions): Promise<() => Promise<void>> {
  const { logger } = options;
  const abort = new AbortController();
  const working: Promise<void>[] = [];
  for (const pings of await talesOf(options)) {
    const speaking = speak(options, pings, abort.signal);
    working.push(speaking.catch((error: unknown) => logger.warn('a job of the demonstration ended', { error })));
  }
  return async () => {
    abort.abort();
    await Promise.all(working);
  };
}

/** What the jobs of all teams are going to say, by the monitors that are there now. */
async function talesOf({ database, chance, shownAt }: JobsOptions): Promise<Iterable<Ping>[]> {
  const [guide] = Object.values(PEOPLE);
  const user = await findUserByEmail(database, guide?.email ?? '');
  const teams = user === null ? [] : await listMemberships(database, user.id, TEAMS.length);
  const schedules = createScheduleCache(MAX_JOBS);
  const tales: Iterable<Ping>[] = [];
  for (const { teamId, teamName } of teams) {
    const story = TEAMS.find(({ name }) => name === teamName);
    const monitors = await listMonitors(database, teamId, {}, MAX_JOBS);
    const rows = await readDefinitions(
      database,
      monitors.map(({ id }) => id),
    );
    for (const row of rows) {
      const name = monitors.find(({ id }) => id === row.id)?.name;
      const job = story?.jobs.find((each) => each.name === name);
      if (job === undefined) continue;
      const from = shownAt - Math.min(STORY_MS, job.sinceMs ?? STORY_MS);
      tales.push(pingsOf({ chance, shownAt }, job, definitionOf(row, schedules), from));
    }
  }
  return tales;
}

async function speak(options: JobsOptions, pings: Iterable<Ping>, signal: AbortSignal): Promise<void> {
  const { clock, heardUntil } = options;
  for (const ping of pings) {
    if (ping.receivedAt <= heardUntil) continue;
    while (!signal.aborted && clock.now() < ping.receivedAt) {
      await sleep(clock, Math.min(MAX_SLEEP_MS, ping.receivedAt - clock.now()), signal);
    }
    if (signal.aborted) return;
    await say(options, ping, signal);
  }
}

const PATHS: Readonly<Record<Ping['kind'], string>> = { success: '', start: '/start', fail: '/fail', log: '/log' };

async function say({ url, logger }: JobsOptions, ping: Ping, signal: AbortSignal): Promise<void> {
  const { kind, exitStatus, runId, body } = ping;
  const path = kind === 'fail' && exitStatus !== null ? `/${exitStatus}` : PATHS[kind];
  try {
    const answer = await fetch(`${url}/ping/${ping.key}${path}${runId === null ? '' : `?rid=${runId}`}`, {
      method: ping.method,
      headers: { 'user-agent': ping.userAgent, 'x-forwarded-for': ping.remoteAddr },
      ...(body === null ? {} : { body: new Uint8Array(body) }),
      signal,
    });
    await answer.text();
  } catch (error) {
    // A job does not wait for anybody: what was not heard was not heard.
    if (!signal.aborted) logger.debug('a ping of the demonstration was not heard', { error });
  }
}
