import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '../harness/wait-for.ts';
import type { Stretch } from './audit.ts';
import { describeFault, type Fault } from './plan.ts';
import type { Rig, RigNode } from './rig.ts';
import type { Timeline } from './timeline.ts';

/** A node dies at a commit that is not there to be met within this: then that fault is over. */
const COMMIT_WITHIN_MS = 10_000;
/** Everything is taken for well again when every node says so, within this. */
const READY_WITHIN_MS = 60_000;
const ASK_WITHIN_MS = 2_000;
/** Dead connections are found within this, whatever waits on them (src/store/silence.ts). */
const DEAD_FOUND_WITHIN_MS = 10_000;

/** Does faults to a rig, one after the other, and remembers when what was broken. */
export interface FaultMaker {
  /** Resolves when all is well again. */
  make(fault: Fault): Promise<void>;
  readonly faults: readonly Stretch[];
  readonly outages: readonly Stretch[];
  readonly counts: Readonly<Record<string, number>>;
}

/** Whether the node takes pings and does its work. */
export async function isReady(node: RigNode): Promise<boolean> {
  try {
    const response = await fetch(`${node.base}/readyz`, { signal: AbortSignal.timeout(ASK_WITHIN_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Not yet.
    return false;
  }
}

export function createFaultMaker(rig: Rig, timeline: Timeline): FaultMaker {
  const faults: Stretch[] = [];
  const outages: Stretch[] = [];
  const counts: Record<string, number> = {};
  const nodeAt = (index: number): RigNode => {
    const node = rig.nodes[index];
    if (node === undefined) throw new Error(`there is no node ${index}`);
    return node;
  };

  const killAll = async () => {
    for (const node of rig.nodes) node.killNow();
    await Promise.all(rig.nodes.map((node) => node.bury()));
  };
  const startAll = () => Promise.all(rig.nodes.map((node) => node.start()));

  /** Nobody can take pings while `away` lasts. */
  const outage = async (what: string, away: () => Promise<void>, awayMs: number, back: () => Promise<unknown>) => {
    await away();
    const from = Date.now();
    await pause(awayMs);
    outages.push({ what, from, to: Date.now() });
    await back();
  };

  const dieAtCommit = async (fault: Extract<Fault, { kind: 'commit' | 'commit_of' }>) => {
    const node = nodeAt(fault.node);
    const met = Promise.withResolvers<readonly string[]>();
    node.proxy.setTrap({
      nth: fault.kind === 'commit' ? fault.nth : 1,
      side: fault.side,
      ...(fault.kind === 'commit_of' ? { statement: fault.statement } : {}),
      spring: ({ statements }) => {
        node.killNow();
        met.resolve(statements);
      },
    });
    const statements = await Promise.race([met.promise, pause(COMMIT_WITHIN_MS, null)]);
    node.proxy.setTrap(null);
    if (statements === null) return timeline.note(`${node.name} made no such commit within ${COMMIT_WITHIN_MS} ms`);
    timeline.note(`${node.name} died at ${statements.join(', ')}`);
    counts[`at ${statements.join('+')}`] = (counts[`at ${statements.join('+')}`] ?? 0) + 1;
    await node.bury();
    await node.start();
  };

  const doIt = async (fault: Fault): Promise<void> => {
    switch (fault.kind) {
      case 'kill': {
        const node = nodeAt(fault.node);
        node.killNow();
        await node.bury();
        await pause(fault.awayMs);
        return node.start();
      }
      case 'freeze': {
        const { process } = nodeAt(fault.node);
        process?.signal('SIGSTOP');
        await pause(fault.forMs);
        return process?.signal('SIGCONT');
      }
      case 'restart': {
        const node = nodeAt(fault.node);
        await node.stop();
        return node.start();
      }
      case 'kill_all':
        return outage(fault.kind, killAll, fault.awayMs, startAll);
      case 'database':
        return outage(fault.kind, rig.stopDatabase, fault.awayMs, rig.startDatabase);
      case 'power': {
        const away = async () => void (await Promise.all([killAll(), rig.stopDatabase()]));
        return outage(fault.kind, away, fault.awayMs, async () => {
          await rig.startDatabase();
          await startAll();
        });
      }
      case 'cut':
        return nodeAt(fault.node).proxy.cut();
      case 'stall': {
        const { proxy } = nodeAt(fault.node);
        proxy.stall(true);
        await pause(fault.forMs);
        return proxy.stall(false);
      }
      case 'half_open': {
        const { proxy } = nodeAt(fault.node);
        proxy.blackhole();
        return pause(fault.forMs);
      }
      case 'commit':
      case 'commit_of':
        return dieAtCommit(fault);
    }
  };

  return {
    faults,
    outages,
    counts,
    async make(fault) {
      const what = describeFault(fault);
      timeline.note(what);
      counts[fault.kind] = (counts[fault.kind] ?? 0) + 1;
      const from = Date.now();
      await doIt(fault);
      for (const node of rig.nodes) {
        await waitFor(`${node.name} well again after ${what}`, () => isReady(node), READY_WITHIN_MS).catch(
          (error: Error) => timeline.violation(`V7: ${error.message}`),
        );
      }
      const tookMs = Date.now() - from;
      faults.push({ what, from, to: from + tookMs });
      timeline.note(`well again after ${tookMs} ms`);
      if (fault.kind === 'half_open' && tookMs > fault.forMs + DEAD_FOUND_WITHIN_MS) {
        timeline.violation(`V7: dead connections held ${what} up for ${tookMs} ms`);
      }
    },
  };
}
