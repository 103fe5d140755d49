import type { Chance } from '../../src/platform/chance.ts';
import type { NodeRole } from '../../src/store/nodes.ts';
import { type SentPing, userAgentOf } from './ledger.ts';
import { createSimNode, type NodeDeps, type SimNode } from './node.ts';
import type { Timeline } from './timeline.ts';

/** A supervisor starts a node that could not start again after this long. */
const RESTART_AFTER_MS = 1_000;
/** While a node is away, the load balancer still sends this part of the pings to it. */
const MISDIRECTED = 0.15;

export interface Slot {
  readonly name: string;
  readonly roles: readonly NodeRole[];
  node: SimNode;
}

export type NewPing = Pick<SentPing, 'monitor' | 'kind' | 'runId' | 'exitStatus' | 'reportedAt' | 'idempotencyKey'>;

/** The nodes of an install, the database's fate, and the way to them. */
export interface Cluster {
  /** Every ping that is acknowledged counts when this resolves, as far as a node is there to see to it. */
  settle(): Promise<void>;
  readonly slots: readonly Slot[];
  readonly isDatabaseAway: boolean;
  /** How far the clock of the database is from the truth. */
  readonly clockOffsetMs: number;
  readonly pingsUnderWay: number;
  readonly sent: readonly SentPing[];
  start(slot: Slot): void;
  stop(slot: Slot): void;
  kill(slot: Slot): void;
  setDatabaseAway(isAway: boolean): void;
  stepClock(ms: number): void;
  /** Through the load balancer to any node; `key`: the monitor's ping key, as its job knows it. */
  send(ping: NewPing, key: string): Promise<SentPing>;
  /** The clock of a node that is well, else the database's. */
  serverNow(): number;
  /** Whether some node takes pings. */
  takesPings(): boolean;
  /** Whether somebody can judge deadlines now. */
  isWatching(): boolean;
}

const SETTLED_WITHIN_MS = 5_000;

/** Which roles the nodes have: all of them everywhere, or web apart from the others. */
export function rolesFor(nodes: number, isSplit: boolean): NodeRole[][] {
  const all: NodeRole[] = ['web', 'watch', 'deliver'];
  if (!isSplit || nodes < 2) return Array.from({ length: nodes }, () => all);
  return Array.from({ length: nodes }, (_, index) => (index % 2 === 0 ? ['web'] : ['watch', 'deliver']));
}

export function createCluster(
  deps: Omit<NodeDeps, 'databaseNow'> & { readonly timeline: Timeline },
  chance: Chance,
  roles: readonly (readonly NodeRole[])[],
): Cluster {
  const { timeline } = deps;
  let isDatabaseAway = false;
  let clockOffsetMs = 0;
  let pingsUnderWay = 0;
  const sent: SentPing[] = [];
  const waiting = new Map<SimNode, Set<() => void>>();
  const databaseNow = () => timeline.now() + clockOffsetMs;

  const make = (name: string, given: readonly NodeRole[]) => {
    const skewMs = chance.is(0.3) ? chance.int(-90_000, 90_000) : chance.int(-200, 200);
    // Few pings come here: some nodes write all of them to the journal that may go there, the others none.
    const journalFromPerSecond = chance.is(0.6) ? 0 : Number.POSITIVE_INFINITY;
    const node = createSimNode({ ...deps, databaseNow }, { name, roles: given, skewMs, journalFromPerSecond });
    node.link.isAway = isDatabaseAway;
    return node;
  };
  const launch = (slot: Slot) => {
    slot.node = make(slot.name, slot.roles);
    const { node } = slot;
    node.start().catch(() => {
      node.kill();
      timeline.after(RESTART_AFTER_MS, () => {
        if (slot.node === node) launch(slot);
      });
    });
  };
  const start = (slot: Slot): void => {
    // Its predecessor still finishes what it is sending.
    if (slot.node.state === 'stopping') timeline.after(RESTART_AFTER_MS, () => start(slot));
    else if (slot.node.state !== 'up') launch(slot);
  };
  const slots: Slot[] = roles.map((given, index) => {
    const name = `node ${'ABCDEFGH'.charAt(index)}`;
    return { name, roles: given, node: make(name, given) };
  });

  const isUp = ({ node }: Slot) => node.state === 'up' && !node.isFrozen;
  const healthy = () => slots.find((slot) => isUp(slot) && !slot.node.link.isAway)?.node;
  const webs = slots.filter((slot) => slot.roles.includes('web'));
  const choose = (): SimNode | null => {
    const up = webs.filter(isUp);
    if (up.length === 0 || (up.length < webs.length && chance.is(MISDIRECTED))) return null;
    return chance.pick(up).node;
  };

  const settle = (ping: SentPing, node: SimNode, result: SentPing['result']) => {
    ping.result = result;
    ping.settledAt = timeline.now();
    ping.settledNow = node.clock.now();
    ping.blind ??= result === 'stored' ? node.unrecordedGap() : null;
  };

  const deliver = (ping: SentPing, node: SimNode, key: string) =>
    new Promise<void>((resolve) => {
      const now = node.clock.now();
      ping.receivedAt = now;
      ping.blind = node.unrecordedGap();
      const open = waiting.get(node) ?? new Set();
      waiting.set(node, open);
      pingsUnderWay += 1;
      const done = (result: SentPing['result']) => {
        if (!open.delete(lose)) return;
        pingsUnderWay -= 1;
        settle(ping, node, result);
        resolve();
      };
      const lose = () => done('lost');
      open.add(lose);
      const { kind, runId, exitStatus, reportedAt, idempotencyKey } = ping;
      const accepted = node.accept({
        key,
        name: null,
        kind,
        receivedAt: now,
        // Nobody reports from the future (http/ping does the same).
        reportedAt: reportedAt === null ? null : Math.min(reportedAt, now),
        runId,
        exitStatus,
        idempotencyKey,
        method: 'POST',
        remoteAddr: '127.0.0.1',
        userAgent: userAgentOf(ping.n),
        body: null,
        bodySize: 0,
      });
      void accepted.then((answer) => done(answer.result));
    });

  return {
    slots,
    sent,
    get isDatabaseAway() {
      return isDatabaseAway;
    },
    get clockOffsetMs() {
      return clockOffsetMs;
    },
    get pingsUnderWay() {
      return pingsUnderWay;
    },
    start,
    stop({ node }) {
      void node.stop();
    },
    kill({ node }) {
      if (node.state === 'dead') return;
      node.kill();
      for (const lose of [...(waiting.get(node) ?? [])]) lose();
      waiting.delete(node);
    },
    setDatabaseAway(isAway) {
      isDatabaseAway = isAway;
      for (const { node } of slots) {
        node.link.isAway = isAway;
        if (isAway) node.link.breakOff();
      }
    },
    stepClock(ms) {
      clockOffsetMs += ms;
    },
    async send(given, key) {
      const at = timeline.now();
      const blank = {
        receivedAt: null,
        settledAt: at,
        settledNow: at + clockOffsetMs,
        blind: null,
        result: 'none',
      } as const;
      const ping: SentPing = { ...given, ...blank, n: sent.length, sentAt: at };
      sent.push(ping);
      const node = choose();
      if (node !== null) await deliver(ping, node, key);
      return ping;
    },
    serverNow: () => healthy()?.clock.now() ?? databaseNow(),
    async settle() {
      const node = healthy();
      if (node === undefined) return;
      const { promise: gaveUp, resolve: giveUp } = Promise.withResolvers<void>();
      timeline.after(SETTLED_WITHIN_MS, giveUp);
      // A node that is killed meanwhile never answers.
      const settled = node.watch.ingest.settleAll(node.clock.now()).catch(() => null);
      await Promise.race([settled, gaveUp]);
    },
    takesPings: () => webs.some((slot) => isUp(slot) && !slot.node.link.isAway),
    isWatching: () => slots.some(({ node }) => !node.link.isAway && node.canJudge()),
  };
}
