import type { Chance } from '../../src/platform/chance.ts';
import type { Cluster, Slot } from './cluster.ts';
import type { Fault } from './ledger.ts';
import type { Mood, Receivers } from './receivers.ts';
import type { Timeline } from './timeline.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Before a fault every loop has come round. */
const LEAD_MS = 4 * SECOND;
/** After a fault: what follows from it is found, told of and settled. */
const AFTERMATH_MS = 18 * SECOND;
/** A fault at one of the next statements; it strikes anyway after this long. */
const MAX_STATEMENTS = 40;

export interface FaultsOptions {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly cluster: Cluster;
  readonly receivers: Receivers;
  readonly channels: readonly string[];
  readonly everyMs: number;
  readonly until: number;
}

export interface Faults {
  readonly log: readonly Fault[];
  /** All nodes are down for a moment at each of these times, as with a restart every night at the same hour. */
  maintain(times: readonly number[]): void;
  /** Time must run awake: something is not as usual. */
  isUnsettled(): boolean;
  /** Ends what still goes on; resolves nothing by itself. */
  end(): void;
}

type Script = (chance: Chance) => {
  readonly name: string;
  readonly lastsMs: number;
  readonly begin: () => void;
  readonly end: () => void;
  readonly blinds: boolean;
};

export function startFaults(options: FaultsOptions): Faults {
  const { timeline, chance, cluster, receivers } = options;
  const log: Fault[] = [];
  let quietFrom = timeline.now();
  let active: { fault: Fault; end: () => void } | null = null;

  const some = () => chance.pick(cluster.slots);
  const short = () => chance.int(300, 20 * SECOND);
  const long = () =>
    chance.pick([
      chance.int(SECOND, 10 * SECOND),
      chance.int(10 * SECOND, 5 * MINUTE),
      chance.int(5 * MINUTE, 2 * HOUR),
    ]);
  /** At once, or in the middle of what the node is doing. */
  const strikeAt = (slot: Slot, strike: () => void) => {
    if (chance.is(0.3)) return strike();
    const when = chance.pick(['before', 'after'] as const);
    slot.node.link.cut = { left: chance.int(1, MAX_STATEMENTS), when, strike };
  };
  const disarm = () => {
    for (const { node } of cluster.slots) node.link.cut = null;
  };
  const startAll = () => {
    for (const slot of cluster.slots) cluster.start(slot);
  };
  const databaseBack = () => {
    disarm();
    cluster.setDatabaseAway(false);
  };

  const scripts: readonly (readonly [number, Script])[] = [
    [
      4,
      () => {
        const slot = some();
        return {
          name: `${slot.name} is killed`,
          lastsMs: short(),
          blinds: false,
          begin: () => strikeAt(slot, () => cluster.kill(slot)),
          end: () => {
            disarm();
            startAll();
          },
        };
      },
    ],
    [
      3,
      () => {
        const slot = some();
        return {
          name: `${slot.name} is stopped and started`,
          lastsMs: short(),
          blinds: false,
          begin: () => cluster.stop(slot),
          end: startAll,
        };
      },
    ],
    [
      3,
      () => ({
        name: 'all nodes are killed',
        lastsMs: long(),
        blinds: true,
        begin: () => cluster.slots.forEach(cluster.kill),
        end: startAll,
      }),
    ],
    [
      1,
      () => ({
        name: 'all nodes are stopped',
        lastsMs: long(),
        blinds: true,
        begin: () => cluster.slots.forEach(cluster.stop),
        end: startAll,
      }),
    ],
    [
      4,
      () => ({
        name: 'the database is away',
        lastsMs: chance.int(300, 90 * SECOND),
        blinds: true,
        begin: () => strikeAt(some(), () => cluster.setDatabaseAway(true)),
        end: databaseBack,
      }),
    ],
    [
      2,
      () => {
        const { node, name } = some();
        return {
          name: `${name} cannot reach the database`,
          lastsMs: short(),
          blinds: true,
          begin: () => {
            node.link.isAway = true;
            node.link.breakOff();
          },
          end: () => {
            node.link.isAway = cluster.isDatabaseAway;
          },
        };
      },
    ],
    [
      2,
      () => {
        const slot = some();
        return {
          name: `${slot.name} is killed and the database is away`,
          lastsMs: chance.int(SECOND, 60 * SECOND),
          blinds: true,
          begin: () =>
            strikeAt(slot, () => {
              cluster.kill(slot);
              cluster.setDatabaseAway(true);
            }),
          end: () => {
            databaseBack();
            startAll();
          },
        };
      },
    ],
    [
      3,
      () => {
        const { node, name } = some();
        return {
          name: `${name} is frozen`,
          lastsMs: chance.int(SECOND, 60 * SECOND),
          blinds: false,
          begin: () => node.freeze(true),
          end: () => node.freeze(false),
        };
      },
    ],
    [
      2,
      () => {
        const nodes = cluster.slots.map(({ node }) => node);
        return {
          name: 'the machine is suspended',
          lastsMs: chance.int(SECOND, 20 * MINUTE),
          blinds: true,
          begin: () => {
            for (const node of nodes) node.freeze(true);
          },
          end: () => {
            for (const node of nodes) node.freeze(false);
          },
        };
      },
    ],
    [
      1,
      () => {
        const ms = (chance.is(0.5) ? 1 : -1) * chance.int(3 * SECOND, HOUR);
        return {
          name: `the clock of the database steps by ${ms} ms`,
          lastsMs: chance.int(5 * SECOND, 30 * SECOND),
          blinds: true,
          begin: () => cluster.stepClock(ms),
          end: () => undefined,
        };
      },
    ],
  ];
  const total = scripts.reduce((sum, [weight]) => sum + weight, 0);
  const choose = (): Script => {
    let at = chance.fraction() * total;
    for (const [weight, script] of scripts) {
      at -= weight;
      if (at < 0) return script;
    }
    throw new Error('the weights of the faults do not add up');
  };

  const finish = () => {
    if (active === null) return;
    const { fault, end } = active;
    active = null;
    end();
    fault.to = timeline.now();
    quietFrom = timeline.now() + AFTERMATH_MS;
  };
  const plan = () => {
    const at = timeline.now() + AFTERMATH_MS + chance.wait(options.everyMs);
    if (at > options.until) return;
    timeline.at(at, strike, LEAD_MS);
  };
  const run = (script: Script, next: () => void) => {
    const { name, lastsMs, begin, end, blinds } = script(chance);
    const fault = { name, from: timeline.now(), to: timeline.now() + lastsMs, blinds };
    log.push(fault);
    active = { fault, end };
    begin();
    timeline.at(timeline.now() + lastsMs, () => {
      finish();
      next();
    });
  };
  // A restart has its hour: it comes as well while something else is wrong, only not at the same time.
  const strike = () => (active === null ? run(choose(), plan) : plan());
  const restart: Script = () => ({
    name: 'all nodes are restarted by the clock',
    lastsMs: chance.int(5 * SECOND, 40 * SECOND),
    blinds: true,
    begin: () => cluster.slots.forEach(cluster.kill),
    end: startAll,
  });
  plan();
  for (const channel of options.channels) moodSwings(options, channel, receivers);
  return {
    log,
    maintain(times) {
      for (const at of times) {
        timeline.at(at, () => (active === null ? run(restart, () => undefined) : undefined), LEAD_MS);
      }
    },
    isUnsettled: () => active !== null || timeline.now() < quietFrom,
    end: finish,
  };
}

/** Receivers have their own troubles. */
function moodSwings({ timeline, chance, everyMs, until }: FaultsOptions, channel: string, receivers: Receivers): void {
  const next = () => {
    const at = timeline.now() + chance.wait(everyMs * 0.7);
    if (at > until) return;
    timeline.at(at, () => {
      const mood: Mood = chance.pick(['slow', 'down', 'refuse', 'cut']);
      receivers.setMood(channel, mood);
      const lastsMs = mood === 'down' ? chance.int(MINUTE, 6 * HOUR) : chance.int(MINUTE, 40 * MINUTE);
      timeline.at(timeline.now() + lastsMs, () => {
        receivers.setMood(channel, 'well');
        next();
      });
    });
  };
  next();
}
