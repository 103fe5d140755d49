import { createChance, randomOf } from '../../src/platform/chance.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { createIdSource } from '../../src/platform/random.ts';
import type { Database, Statement } from '../../src/store/database.ts';
import { createSealer } from '../../src/store/seal.ts';
import { insertTeam } from '../../src/store/teams.ts';
import type { ManageDeps } from '../../src/watch/manage.ts';
import { createClient, MANNERS } from './client.ts';
import { type Cluster, createCluster, rolesFor } from './cluster.ts';
import { type Faults, startFaults } from './faults.ts';
import { createJob, type Job, type Word } from './jobs.ts';
import { createMemory } from './memory.ts';
import { makeMonitor, type SimMonitor } from './monitors.ts';
import { createCalendar, intervalOf } from './oracle/calendar.ts';
import { startPeople } from './people.ts';
import { type Home, homeOf } from './plans.ts';
import { pendingDeliveries } from './queries.ts';
import { createQuiet } from './quiet.ts';
import { createReceivers, type Receivers } from './receivers.ts';
import { createSight, type Sight } from './sight.ts';
import { createTimeline, type Timeline } from './timeline.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface SimulationOptions {
  readonly seed: number;
  readonly days: number;
  readonly monitors: number;
  readonly nodes: number;
  /** Where the product keeps its things: a fresh, migrated database, by two pools as a node has them. */
  readonly ingest: Database;
  readonly database: Database;
  /** For the simulation's own looks. */
  readonly own: Database;
  readonly write?: (line: string) => void;
}

/** Everything that happened, for the audit. */
export interface Simulated {
  readonly options: SimulationOptions;
  readonly timeline: Timeline;
  readonly cluster: Cluster;
  readonly monitors: readonly SimMonitor[];
  readonly receivers: Receivers;
  readonly faults: Faults;
  readonly sight: Sight;
  readonly startAt: number;
  readonly endAt: number;
  /** What the jobs said and nobody heard, however often they tried. */
  readonly unheard: readonly { readonly monitor: number; readonly word: Word }[];
}

/** Statements that look at the signs of life of all nodes. */
const LOOKS_AT_SIGNS = new Set(['read_last_signs', 'mark_seen_unless_silent']);

/** Something falls due: time runs awake from so long before it, so that every loop has come round once. */
const LEAD_MS = 520;
/** Between two looks whether time may be skipped. */
const LOOK_EVERY_MS = 100;
/** Pings that come within this time share a transaction while nothing else is due; in long stories, and in short ones. */
const GATHER_LONG_MS = 30_000;
const GATHER_MS = 4_000;
/** A story of more days than this has fewer faults a day, and says now and then how far it is. */
const LONG_DAYS = 10;
const TELL_EVERY_DAYS = 15;
/** After the last signal: what is on its way arrives. Receivers that were down are tried again after 12 h. */
const SETTLE_WITHIN_MS = 30 * HOUR;

type Databases = [ingest: Database, database: Database, own: Database];

/** Stories begin shortly before the clocks of some place change. */
function beginning(seed: number): { readonly startAt: number; readonly home: Home } {
  const chance = createChance(`${seed}/start`);
  const home = homeOf(chance, Date.UTC(chance.int(2023, 2026), chance.int(0, 11), 1));
  return { home, startAt: home.changesAt - chance.int(20 * HOUR, 44 * HOUR) };
}

const CHANNELS = [
  ['machine 1', 'webhook'],
  ['people 1', 'slack'],
  ['machine 2', 'webhook'],
] as const;

export async function simulate(options: SimulationOptions): Promise<Simulated> {
  const { seed } = options;
  const memory = createMemory();
  const [ingest, database, own] = [options.ingest, options.database, options.own].map(memory.over) as Databases;
  const chance = createChance(String(seed));
  const { startAt, home } = beginning(seed);
  const until = startAt + options.days * DAY;
  const timeline = createTimeline(startAt);
  const quiet = createQuiet();
  const random = randomOf(chance.fork('product'));
  const logger = createLogger({
    level: process.env.SIM_LOG === undefined ? 'silent' : 'debug',
    format: 'text',
    clock: { now: timeline.now, monotonic: timeline.awakeMs, after: timeline.after },
    write: options.write ?? ((line) => process.stderr.write(`${line}\n`)),
  });
  const sealer = createSealer('a simulated key', random);
  const receivers = createReceivers(timeline, chance.fork('receivers'), () => cluster.serverNow());
  let shiftedMs = 0;
  let shifting: Promise<void> | null = null;
  let sight: Sight | null = null;

  // Skipped time is no absence: the signs of life that were not given in it count as given.
  const shiftSigns = async (byMs: number) => {
    const ids = cluster.slots.flatMap(({ node }) => (node.state === 'up' && !node.isFrozen ? [node.id] : []));
    await own.query({ name: 'sim_shift', text: 'UPDATE node SET seen_at = seen_at + $1 WHERE id = ANY ($2::uuid[])' }, [
      byMs,
      ids,
    ]);
    shifting = null;
  };
  const prepare = (statement: Statement): Promise<void> | null => {
    if (statement.name === 'insert_gap' || statement.name === 'widen_gap') sight?.noteGapsChanged();
    if (!LOOKS_AT_SIGNS.has(statement.name)) return null;
    const byMs = timeline.skippedMs() - shiftedMs;
    if (byMs > 0) {
      shiftedMs += byMs;
      shifting = shiftSigns(byMs);
    }
    return shifting;
  };
  const isSplit = chance.is(0.3);
  const nodeDeps = { timeline, quiet, random, logger, sealer, ingest, database, prepare };
  const cluster = createCluster(
    { ...nodeDeps, channelKinds: receivers.kinds, retentionDays: 4_000 },
    chance.fork('cluster'),
    rolesFor(options.nodes, isSplit),
  );
  sight = createSight(timeline, cluster, own);

  const newId = createIdSource({ now: cluster.serverNow, monotonic: timeline.awakeMs, after: timeline.after }, random);
  const team = {
    id: newId(),
    name: 'Night watch',
    language: 'en',
    timezone: 'UTC',
    pingKey: 'sim',
    createdAt: startAt,
  } as const;
  await own.transaction((tx) => insertTeam(tx, team));
  const channelNames = new Map<string, string>();
  for (const [name, kind] of CHANNELS) {
    const id = newId();
    channelNames.set(id, name);
    await own.query(
      {
        name: 'sim_channel',
        text: `INSERT INTO channel (id, team_id, kind, name, config_sealed, destination, created_at, updated_at)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`,
      },
      [id, team.id, kind, name, sealer.seal(JSON.stringify({ name }), `channel:${id}`), `${name}.test`, startAt],
    );
  }
  const manage: ManageDeps = { database: quietly(own, quiet), random, newId, clock: { now: cluster.serverNow } };
  const owner = { teamId: team.id, timezone: 'UTC' };
  for (const slot of cluster.slots) cluster.start(slot);
  await quiet.settled();
  await sight.look();

  const monitors: SimMonitor[] = [];
  for (let index = 0; index < options.monitors; index += 1) {
    monitors.push(await makeMonitor({ manage, owner, chance, home, channels: channelNames }, index));
  }
  // In some stories a job dies and the install is restarted at its hour every night: that must not hide it for ever.
  const victim = chance.is(0.4) ? monitors.find(({ terms }) => terms.plan?.type === 'calendar') : undefined;
  const unheard: { monitor: number; word: Word }[] = [];
  const jobs = monitors.map((monitor): Job => {
    const own = chance.fork(`job ${monitor.index}`);
    const client = createClient({
      timeline,
      chance: own,
      monitor: monitor.index,
      manner: own.pick(MANNERS),
      send: (ping) => cluster.send(ping, monitor.key),
      lost: (word) => unheard.push({ monitor: monitor.index, word }),
    });
    const { plan } = monitor.terms;
    const intervalMs = plan === null ? DAY : (intervalOf(plan, startAt) ?? DAY);
    const job = createJob({
      timeline,
      chance: own,
      isProcess: monitor.terms.kind === 'process',
      saysStart: own.is(0.3),
      namesRuns: own.is(0.5),
      skewMs:
        Math.round((own.is(0.3) ? 2 * own.fraction() - 1 : 0) * Math.min(40_000, intervalMs / 100)) +
        own.int(-800, 800),
      graceMs: () => monitor.terms.graceMs,
      typicalMs: Math.min(own.pick([2_000, 20_000, 4 * MINUTE, 25 * MINUTE]), intervalMs / 20),
      troubleEveryMs: 2.5 * DAY,
      troubleLastsMs: Math.min(8 * HOUR, Math.max(15 * MINUTE, 3 * intervalMs)),
      say: (word) => {
        const isDead = monitor === victim && timeline.now() > startAt + DAY / 2;
        if (timeline.now() <= until && !isDead) client(word);
      },
      until,
    });
    // A few are created and never called.
    if (!own.is(0.04)) job.follow(monitor.terms.plan);
    return job;
  });
  const isReachable = () => !cluster.isDatabaseAway && cluster.takesPings();
  const isLong = options.days > LONG_DAYS;
  const pace = isLong ? 4 : 1;
  const gatherMs = isLong ? GATHER_LONG_MS : GATHER_MS;
  startPeople({
    timeline,
    chance: chance.fork('people'),
    manage,
    owner,
    monitors,
    jobs,
    home,
    everyMs: 4 * DAY * pace,
    until,
    isReachable,
    settle: cluster.settle,
  });
  const channels = CHANNELS.map(([name]) => name);
  const faults = startFaults({
    timeline,
    chance: chance.fork('faults'),
    cluster,
    receivers,
    channels,
    everyMs: 8 * HOUR * pace,
    until,
  });

  if (victim !== undefined) faults.maintain(slotMiddles(victim, startAt + DAY / 2, until));
  const seen = sight;
  const isIdle = () => cluster.pingsUnderWay === 0 && isCalm();
  const isCalm = () =>
    !faults.isUnsettled() &&
    cluster.slots.every(({ node }) => node.state === 'up' && !node.isFrozen && node.sender.underWay === 0) &&
    cluster.isWatching();

  let dueAt = startAt;
  let tellAt = startAt + TELL_EVERY_DAYS * DAY;
  const tellHowFar = (now: number) => {
    if (now < tellAt) return;
    tellAt += TELL_EVERY_DAYS * DAY;
    options.write?.(`seed ${seed}: day ${Math.round((now - startAt) / DAY)}, ${cluster.sent.length} pings so far\n`);
  };
  /**
   * Fires what stands here, and while nothing is due what follows shortly, so that pings share a transaction as they do
   * where it takes a while. A fail is the last one: it is to be found at once.
   */
  const fireTogether = (now: number, until: number) => {
    timeline.step(now);
    for (;;) {
      const next = timeline.nextEvent();
      const last = cluster.sent.at(-1)?.kind;
      if (next === null || next.leadMs > 0 || next.at > until || last === 'fail' || !isCalm()) return;
      timeline.skipTo(next.at);
      timeline.step(next.at);
    }
  };

  const runUntil = async (end: number) => {
    let lookAt = 0;
    for (;;) {
      await quiet.settled();
      await seen.look();
      const now = timeline.now();
      tellHowFar(now);
      if (now >= end) return;
      const event = timeline.nextEvent();
      if (event !== null && event.at <= now) {
        fireTogether(now, Math.min(end, dueAt - LEAD_MS, now + gatherMs));
        continue;
      }
      const isAllDown = cluster.slots.every(({ node }) => node.state === 'dead' || node.state === 'stopped');
      if (isAllDown && event !== null) {
        timeline.skipTo(Math.min(end, event.at));
        continue;
      }
      if (now >= lookAt && isIdle()) {
        dueAt = (await memory.nextDue(own, cluster.serverNow())) - cluster.clockOffsetMs;
        const target = Math.min(end, dueAt - LEAD_MS, (event?.at ?? end) - (event?.leadMs ?? 0));
        if (target > now) {
          timeline.skipTo(target);
          continue;
        }
        lookAt = now + LOOK_EVERY_MS;
        dueAt = now;
      }
      timeline.step(Math.min(end, event?.at ?? end));
    }
  };

  await runUntil(until);
  faults.end();
  for (const channel of channels) receivers.setMood(channel, 'well');
  for (const slot of cluster.slots) cluster.start(slot);
  // Then all is well again, and whatever is still to be told has its time.
  let endAt = timeline.now() + MINUTE;
  await runUntil(endAt);
  while (endAt < until + SETTLE_WITHIN_MS) {
    const due = await memory.nextDue(own, cluster.serverNow());
    if ((await pendingDeliveries(own)) === 0 && due > cluster.serverNow() + 3_000 && isIdle()) break;
    endAt = timeline.now() + MINUTE;
    await runUntil(endAt);
  }
  return {
    options,
    timeline,
    cluster,
    monitors,
    receivers,
    faults,
    sight: seen,
    startAt,
    endAt: timeline.now(),
    unheard,
  };
}

/** Within the grace of each slot, for a few days. */
function slotMiddles({ terms }: SimMonitor, from: number, until: number): number[] {
  if (terms.plan === null) return [];
  const calendar = createCalendar(terms.plan);
  const times: number[] = [];
  for (
    let slot = calendar.next(from);
    slot !== null && slot.at < until && times.length < 4;
    slot = calendar.next(slot.at)
  ) {
    times.push(slot.at + terms.graceMs / 2);
  }
  return times;
}

/** Statements of people count as under way too. */
function quietly(database: Database, quiet: ReturnType<typeof createQuiet>): Database {
  return {
    ...database,
    query: (statement, values) => quiet.during(database.query(statement, values)),
    transaction: (work) => quiet.during(database.transaction(work)),
  };
}
