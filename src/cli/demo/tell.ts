import { DAY_MS, type Instant, SECOND_MS } from '../../core/instant.ts';
import { nextTime } from '../../core/summary/timetable.ts';
import type { Chance } from '../../platform/chance.ts';
import type { Logger } from '../../platform/logger.ts';
import { recordGap } from '../../store/gaps.ts';
import { stateOf } from '../../store/monitor-rows.ts';
import { makeDays } from '../../store/partitions.ts';
import { saveStatusPage } from '../../store/status-pages.ts';
import { findSummarySchedule } from '../../store/summary-schedules.ts';
import type { Refused } from '../../watch/attempt.ts';
import { createDefinitionCache, type Definition } from '../../watch/definitions.ts';
import { careForIncident } from '../../watch/incident-care.ts';
import { lockByKeys } from '../../watch/lock.ts';
import { createMonitor } from '../../watch/manage.ts';
import { createMaintenance } from '../../watch/manage-maintenance.ts';
import { createSite } from '../../watch/manage-sites.ts';
import type { Ping } from '../../watch/ping.ts';
import { wordsOf } from './job.ts';
import { createPast, type Desk, type Past } from './past.ts';
import { BLIND, type JobStory, personOf, STORY_MS, type TeamStory } from './story.ts';
import { type Cast, makeCast, note, type TeamsDeps, type ToldTeam } from './teams.ts';

export interface TellOptions extends TeamsDeps {
  readonly chance: Chance;
  readonly logger: Logger;
  readonly publicUrl: string;
  readonly unsubscribeUrl: (channelId: string) => string;
}

interface Telling extends TellOptions {
  readonly past: Past;
  readonly cast: Cast;
  readonly desks: Map<string, Desk>;
}

/** Goes through the whole story, up to the moment in which it is shown, and leaves it in an empty database. */
export async function tellStory(options: TellOptions, password: string): Promise<void> {
  const { database, clock, shownAt } = options;
  const from = clock.now();
  await database.transaction((tx) => makeDays(tx, daysOf(from, shownAt)));
  const cast = await makeCast(options, password);
  const past = createPast(options);
  const telling: Telling = { ...options, past, cast, desks: new Map() };
  for (const team of cast.teams) await setUp(telling, team);
  planBlindness(telling);
  await planSummaries(telling);
  await past.run(shownAt);
}

function daysOf(from: Instant, to: Instant): Instant[] {
  return Array.from({ length: Math.ceil((to - from) / DAY_MS) + 1 }, (_, day) => from + day * DAY_MS);
}

/** What the people of a team set up at the beginning, and what they are going to do. */
async function setUp(telling: Telling, team: ToldTeam): Promise<void> {
  const { past, shownAt, clock } = telling;
  const { story } = team;
  const gateways = new Set(story.sites.map(({ gateway }) => gateway));
  const isLater = (job: JobStory) => job.sinceMs !== undefined && job.sinceMs < STORY_MS;
  const first = story.jobs.filter((job) => !isLater(job));
  const sites = new Map<string, string>();
  for (const job of first.filter(({ name }) => gateways.has(name))) await addJob(telling, team, job, sites);
  for (const { name, gateway } of story.sites) sites.set(name, await addSite(telling, team, name, gateway));
  for (const job of first.filter(({ name }) => !gateways.has(name))) await addJob(telling, team, job, sites);
  for (const job of story.jobs.filter(isLater)) {
    past.at(shownAt - (job.sinceMs ?? 0), () => addJob(telling, team, job, sites));
  }
  for (const wish of story.maintenance) await addMaintenance(telling, team, wish, sites);
  for (const care of story.care) {
    past.at(shownAt - care.agoMs, () => takeCare(telling, team, care));
  }
  past.at(Math.max(clock.now(), shownAt - 2 * SECOND_MS), () => addStatusPage(telling, team));
}

function made<T extends object>(result: T | Refused | { readonly refused: string }, what: string): T {
  if ('refused' in result) throw new Error(`${what} of the story was refused: ${JSON.stringify(result)}`);
  return result as T;
}

const ownerOf = ({ id, story }: ToldTeam) => ({ teamId: id, timezone: story.timezone });
const ownerNameOf = ({ people }: TeamStory) => people[0]?.person ?? '';

async function addJob(
  telling: Telling,
  team: ToldTeam,
  job: JobStory,
  sites: ReadonlyMap<string, string>,
): Promise<void> {
  const { database, past, shownAt, clock } = telling;
  const channels = job.channels?.map((name) => team.channels.get(name) ?? name);
  const result = await createMonitor(telling, ownerOf(team), {
    ...job,
    channels: channels ?? 'all',
    siteId: job.site === undefined ? undefined : (sites.get(job.site) ?? job.site),
  });
  const { monitor } = made(result, `the monitor ${job.name}`);
  const target = { kind: 'monitor', id: monitor.id, name: job.name };
  await note(database, telling, telling.cast.userIds, team.id, ownerNameOf(team.story), 'monitor.create', target);
  const locked = await database.transaction((tx) => lockByKeys(tx, createDefinitionCache(1), [monitor.pingKey]));
  const { row, definition } = locked.get(monitor.pingKey) ?? {};
  if (row === undefined || definition === undefined) throw new Error(`${job.name} is gone`);
  const pings = pingsOf(telling, job, definition, clock.now());
  const desk: Desk = { definition, pings, state: stateOf(row, []) };
  telling.desks.set(`${team.id} ${job.name}`, desk);
  past.open(desk);
  if (job.pausedMs === undefined) return;
  past.at(shownAt - job.pausedMs, async () => {
    await past.control(desk, { kind: 'pause', pause: { mode: 'by_hand' } });
    await note(database, telling, telling.cast.userIds, team.id, 'priya', 'monitor.pause', target);
  });
}

export interface Speaker {
  readonly chance: Chance;
  readonly shownAt: Instant;
}

/** Everything that a job ever says, as requests to its ping URL. */
export function* pingsOf(
  { chance, shownAt }: Speaker,
  story: JobStory,
  { monitor, pingKey }: Pick<Definition, 'monitor' | 'pingKey'>,
  from: Instant,
): Generator<Ping, void, undefined> {
  const { schedule } = monitor;
  if (schedule === null) return;
  for (const word of wordsOf({ story, schedule, from, shownAt, chance: chance.fork(story.name) })) {
    const body = word.output === null ? null : Buffer.from(word.output);
    yield {
      key: pingKey,
      name: null,
      kind: word.kind,
      receivedAt: word.at,
      reportedAt: null,
      runId: word.runId,
      exitStatus: word.exitStatus,
      idempotencyKey: null,
      method: body === null ? 'GET' : 'POST',
      remoteAddr: story.address,
      userAgent: story.agent,
      body,
      bodySize: body?.length ?? 0,
    };
  }
}

async function addSite(telling: Telling, team: ToldTeam, name: string, gateway: string): Promise<string> {
  const gatewayMonitorId = telling.desks.get(`${team.id} ${gateway}`)?.definition.monitor.id ?? gateway;
  const { site } = made(await createSite(telling, team.id, { name, gatewayMonitorId }), `the site ${name}`);
  return site.id;
}

async function addMaintenance(
  telling: Telling,
  team: ToldTeam,
  story: TeamStory['maintenance'][number],
  sites: ReadonlyMap<string, string>,
): Promise<void> {
  const { shownAt } = telling;
  const site = story.site === undefined ? [] : [sites.get(story.site) ?? story.site];
  const times =
    'from' in story
      ? { once: { from: shownAt - story.from, to: shownAt - story.to } }
      : {
          repeat: {
            schedule: { type: 'cron', expression: story.expression } as const,
            durationSeconds: story.durationSeconds,
          },
        };
  const wish = { name: story.name, all: false, tags: story.tags, sites: site, ...times };
  made(await createMaintenance(telling, ownerOf(team), wish), `the maintenance ${story.name}`);
}

async function takeCare(telling: Telling, team: ToldTeam, care: TeamStory['care'][number]): Promise<void> {
  const incident = telling.desks.get(`${team.id} ${care.job}`)?.state.incident;
  // Where the story begins at another hour of the day, the job may be well at that time.
  if (incident === null || incident === undefined) return;
  const { name } = personOf(care.person);
  await careForIncident(telling, team.id, incident.id, { kind: 'acknowledged', person: name, note: care.note });
  const target = { kind: 'incident', id: incident.id, name: care.job };
  const { userIds } = telling.cast;
  await note(telling.database, telling, userIds, team.id, care.person, 'incident.acknowledge', target);
}

async function addStatusPage(telling: Telling, { id, story }: ToldTeam): Promise<void> {
  const { shownAt, desks, database, newId, clock } = telling;
  const { statusPage, language, timezone } = story;
  const monitorOf = (job: string) => desks.get(`${id} ${job}`)?.definition.monitor.id ?? job;
  await database.transaction((tx) =>
    saveStatusPage(tx, {
      id: newId(),
      teamId: id,
      slug: statusPage.slug,
      title: statusPage.title,
      intro: statusPage.intro,
      language,
      timezone,
      host: null,
      isPublic: true,
      groups: statusPage.groups.map(({ title, jobs, tags }) => {
        return { title, tags, monitors: jobs.map(({ job, name }) => ({ id: monitorOf(job), name })) };
      }),
      announcements: statusPage.announcements.map(({ title, text, agoMs }) => ({ title, text, at: shownAt - agoMs })),
      createdAt: clock.now(),
      updatedAt: clock.now(),
    }),
  );
}

/** When this server took no pings: what falls into it is lost, and what it excuses is told. */
function planBlindness({ past, shownAt, database, newId }: Telling): void {
  for (const { from, to, reason } of BLIND) {
    const gap = { from: shownAt - from, to: shownAt - to };
    past.blind.push(gap);
    past.at(gap.to, async () => {
      past.gaps.push(gap);
      await database.transaction((tx) =>
        recordGap(tx, { ...gap, id: newId(), kind: 'ingest', nodeId: newId(), reason }),
      );
    });
    past.at(gap.to + 11 * SECOND_MS, async () => void (await past.look.gapNotices()));
  }
}

/** Summaries are made when they are due, in the order of all that happens. */
async function planSummaries({ past, shownAt, database, cast, clock }: Telling): Promise<void> {
  for (const { id, story } of cast.teams) {
    for (const { kind } of story.summaries) {
      const schedule = await findSummarySchedule(database, id, kind);
      if (schedule === null) continue;
      for (let at = nextTime(schedule, clock.now()); at < shownAt; at = nextTime(schedule, at)) {
        past.at(at + 2 * SECOND_MS, async () => void (await past.look.summaries()));
      }
    }
  }
}
