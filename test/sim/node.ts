import type { ChannelKind, ChannelKindName } from '../../src/alerts/channels/contract.ts';
import { createSender, type Sender } from '../../src/alerts/sender.ts';
import type { Gap } from '../../src/core/cause.ts';
import type { Clock } from '../../src/platform/clock.ts';
import type { Logger } from '../../src/platform/logger.ts';
import { createIdSource, type Random } from '../../src/platform/random.ts';
import type { Database, Row, Statement } from '../../src/store/database.ts';
import { createDatabaseClock, type DatabaseClock } from '../../src/store/database-clock.ts';
import { createDueWork } from '../../src/store/due-work.ts';
import type { NodeRole } from '../../src/store/nodes.ts';
import type { Sealer } from '../../src/store/seal.ts';
import type { Ping, PingAnswer } from '../../src/watch/ping.ts';
import { createWatch, type Watch } from '../../src/watch/service.ts';
import { createLink, type Link, linkDatabase } from './link.ts';
import type { Quiet } from './quiet.ts';
import type { Timeline } from './timeline.ts';

/** What all nodes of a simulation share. */
export interface NodeDeps {
  readonly timeline: Timeline;
  readonly quiet: Quiet;
  readonly random: Random;
  readonly logger: Logger;
  readonly sealer: Sealer;
  readonly ingest: Database;
  readonly database: Database;
  /** Where messages go, as one node reaches it: what it waits for ends with it. */
  readonly channelKinds: (after: Clock['after']) => ReadonlyMap<ChannelKindName, ChannelKind>;
  readonly retentionDays: number;
  /** What the clock of the database shows. */
  readonly databaseNow: () => number;
  readonly prepare: (statement: Statement) => Promise<void> | null;
}

export type NodeState = 'starting' | 'up' | 'stopping' | 'stopped' | 'dead';

/** One running node: the real services, put together as src/main.ts does, below HTTP. */
export interface SimNode {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly NodeRole[];
  readonly link: Link;
  readonly clock: DatabaseClock;
  readonly watch: Watch;
  readonly sender: Sender;
  readonly state: NodeState;
  readonly isFrozen: boolean;
  /** Resolves when it listens and its loops run; rejects when the database cannot be had. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** As SIGKILL. */
  kill(): void;
  /** As SIGSTOP, and SIGCONT with `false`. */
  freeze(isFrozen: boolean): void;
  accept(ping: Ping): Promise<PingAnswer>;
  canJudge(): boolean;
  /** What this node excuses by and did not write yet. */
  unrecordedGap(): Gap | null;
}

/** The node's clock as the product takes it: the timers of a dead node never fire, those of a frozen one when it thaws. */
function createNodeClock(timeline: Timeline, skewMs: number) {
  const gate = { isDead: false, isFrozen: false };
  let kept: (() => void)[] = [];
  const base: Clock = {
    // As of the awake time: skipped time is added by `withSkipped`, so that no node takes it for its own absence.
    now: () => timeline.now() - timeline.skippedMs() + skewMs,
    monotonic: () => timeline.awakeMs(),
    after: (delayMs, fire) =>
      timeline.after(delayMs, () => {
        if (gate.isDead) return;
        if (gate.isFrozen) kept.push(fire);
        else fire();
      }),
  };
  const thaw = () => {
    const due = kept;
    kept = [];
    for (const fire of due) timeline.after(0, () => (gate.isDead ? undefined : fire()));
  };
  return { base, gate, thaw };
}

/** The time line with the skipped time in it; monotonic time knows awake time only. */
function withSkipped(clock: DatabaseClock, timeline: Timeline): DatabaseClock {
  const shift = (gap: Gap) => ({ from: gap.from + timeline.skippedMs(), to: gap.to + timeline.skippedMs() });
  return {
    now: () => clock.now() + timeline.skippedMs(),
    monotonic: () => clock.monotonic(),
    after: (delayMs, fire) => clock.after(delayMs, fire),
    get aheadOfMachineMs() {
      return clock.aheadOfMachineMs;
    },
    async sample(db, onJump) {
      const jump = await clock.sample(db, onJump === undefined ? undefined : (found) => onJump(shift(found)));
      return jump === null ? null : shift(jump);
    },
  };
}

export function createSimNode(
  deps: NodeDeps,
  given: {
    readonly name: string;
    readonly roles: readonly NodeRole[];
    readonly skewMs: number;
    /** From which rate on its pings go by the journal. */
    readonly journalFromPerSecond: number;
  },
): SimNode {
  const { timeline, quiet, random, logger } = deps;
  const { base, gate, thaw } = createNodeClock(timeline, given.skewMs);
  const clock = withSkipped(createDatabaseClock(base), timeline);
  const newId = createIdSource(clock, random);
  const link = createLink();
  const answer = (statement: Statement): Row[] | null =>
    statement.name === 'sample_clock' ? [{ now: deps.databaseNow() - timeline.skippedMs() }] : null;
  const shared = { quiet, answer, prepare: deps.prepare };
  const ingestDatabase = linkDatabase(link, { ...shared, inner: deps.ingest });
  const database = linkDatabase(link, { ...shared, inner: deps.database });
  const node = { id: newId(), host: given.name, pid: 1, roles: given.roles };
  const due = createDueWork({ database, clock });
  const common = { database, clock, newId, due, logger: logger.with({ node: given.name }) };
  const { retentionDays, sealer } = deps;
  const channelKinds = deps.channelKinds(base.after);
  const watch = createWatch({
    ...common,
    dueDatabase: database,
    ingestDatabase,
    node,
    retentionDays,
    zoneRules: 'of now',
    journalFromPerSecond: given.journalFromPerSecond,
  });
  const publicUrl = 'http://watch.test';
  const sender = createSender({ ...common, random, sealer, channelKinds, publicUrl, unsubscribeUrl: () => publicUrl });
  let state: NodeState = 'starting';
  return {
    id: node.id,
    name: given.name,
    roles: given.roles,
    link,
    clock,
    watch,
    sender,
    get state() {
      return state;
    },
    get isFrozen() {
      return gate.isFrozen;
    },
    async start() {
      await clock.sample(database);
      await watch.begin();
      state = 'up';
      watch.start();
      if (given.roles.includes('deliver')) sender.start();
    },
    async stop() {
      state = 'stopping';
      await watch.stop(Promise.resolve());
      await sender.stop();
      if (state === 'stopping') state = 'stopped';
    },
    kill() {
      state = 'dead';
      gate.isDead = true;
      link.isDead = true;
      link.cut = null;
      link.breakOff();
    },
    freeze(isFrozen) {
      gate.isFrozen = isFrozen;
      if (!isFrozen) thaw();
    },
    accept: (ping) => watch.ingest.accept(ping),
    canJudge: () => state === 'up' && !gate.isFrozen && given.roles.includes('watch') && watch.life.canJudge(),
    unrecordedGap: () => watch.life.unrecordedGap(),
  };
}
