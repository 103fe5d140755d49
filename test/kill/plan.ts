import { COMMIT_SIDES, type CommitSide } from './fault-proxy.ts';

/** Which node, counted from 0; the others live on meanwhile. */
type NodeIndex = number;

/** One thing that is done to the product; each ends with every process and PostgreSQL there again. */
export type Fault =
  /** SIGKILL, and a new one after a while. */
  | { readonly kind: 'kill'; readonly node: NodeIndex; readonly awayMs: number }
  /** SIGSTOP, then SIGCONT. Longer than a lease now and then. */
  | { readonly kind: 'freeze'; readonly node: NodeIndex; readonly forMs: number }
  /** SIGTERM, as a rolling restart does, and a new one. */
  | { readonly kind: 'restart'; readonly node: NodeIndex }
  /** All nodes at once: nobody takes pings. */
  | { readonly kind: 'kill_all'; readonly awayMs: number }
  /** PostgreSQL stopped at once, without a word to anybody. */
  | { readonly kind: 'database'; readonly awayMs: number }
  /** The power fails: all nodes and PostgreSQL. */
  | { readonly kind: 'power'; readonly awayMs: number }
  | { readonly kind: 'cut'; readonly node: NodeIndex }
  /** Nothing passes between node and database; then all of it. */
  | { readonly kind: 'stall'; readonly node: NodeIndex; readonly forMs: number }
  /** The connections are dead and neither side is told. */
  | { readonly kind: 'half_open'; readonly node: NodeIndex; readonly forMs: number }
  /** Killed at its nth commit from now on. */
  | { readonly kind: 'commit'; readonly node: NodeIndex; readonly nth: number; readonly side: CommitSide }
  /** Killed at a commit that has this statement: those that seldom come would seldom be met. */
  | { readonly kind: 'commit_of'; readonly node: NodeIndex; readonly statement: string; readonly side: CommitSide };

/** A database that is away for a minute: everybody waits, nobody ends, and one backlog is worked off. */
export const LONG_ABSENCE_MS = 60_000;
/** Longer than any lease (15 s). */
export const LONG_FREEZE_MS = 17_000;
/** The boundaries that matter most: a ping, an incident with its notices, a claim, an outcome, a run. */
export const STATEMENTS_TO_DIE_AT = [
  'save_guarded_moves',
  'open_incidents',
  'claim_deliveries',
  'finish_delivery',
  'save_states',
] as const;

export type Chance = () => number;

/** Chance from a seed, the same for ever (mulberry32): numbers over [0, 1). */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function pick<T>(chance: Chance, from: readonly T[]): T {
  const found = from[Math.floor(chance() * from.length)];
  if (found === undefined) throw new Error('there is nothing to pick from');
  return found;
}

const between = (chance: Chance, min: number, max: number) => Math.round(min + chance() * (max - min));

/** In what order kinds come round: each at least once in a dozen faults, deaths at commits every other time. */
const ROUND = ['kill', 'database', 'cut', 'restart', 'stall', 'power', 'freeze', 'half_open', 'kill_all'] as const;

/**
 * An endless list of faults for `nodes` nodes, decided by chance alone. Every second one is a death at a commit; the
 * number of that commit goes up from 1, so that a long run has been through all of them.
 */
export function* planFaults(chance: Chance, nodes: number): Generator<Fault> {
  let nth = 0;
  let seldom = 0;
  let freezes = 0;
  let absences = 0;
  for (;;) {
    const round = [...ROUND].sort(() => chance() - 0.5);
    for (const kind of round) {
      const node = Math.floor(chance() * nodes);
      const side = COMMIT_SIDES[nth % COMMIT_SIDES.length] ?? 'before_it_is_known';
      if (nth % 2 === 0) yield { kind: 'commit', node, nth: 1 + Math.floor(nth / 2), side };
      else {
        const statement = STATEMENTS_TO_DIE_AT[seldom % STATEMENTS_TO_DIE_AT.length] ?? 'save_states';
        yield { kind: 'commit_of', node, statement, side: pick(chance, COMMIT_SIDES) };
        seldom += 1;
      }
      nth += 1;
      if (kind === 'freeze') freezes += 1;
      if (kind === 'database') absences += 1;
      yield faultOf(kind, Math.floor(chance() * nodes), chance, { freezes, absences });
    }
  }
}

/** How often what is long now and then came so far, this time included. */
interface Times {
  readonly freezes: number;
  readonly absences: number;
}

function faultOf(kind: (typeof ROUND)[number], node: NodeIndex, chance: Chance, times: Times): Fault {
  switch (kind) {
    case 'kill':
      return { kind, node, awayMs: between(chance, 0, 2_000) };
    case 'freeze':
      return { kind, node, forMs: times.freezes % 3 === 1 ? LONG_FREEZE_MS : between(chance, 500, 6_000) };
    case 'restart':
    case 'cut':
      return { kind, node };
    case 'kill_all':
      return { kind, awayMs: between(chance, 0, 5_000) };
    case 'database':
      return { kind, awayMs: times.absences % 6 === 3 ? LONG_ABSENCE_MS : between(chance, 0, 2_500) };
    case 'power':
      return { kind, awayMs: between(chance, 0, 2_500) };
    case 'stall':
      return { kind, node, forMs: between(chance, 500, 5_000) };
    case 'half_open':
      return { kind, node, forMs: between(chance, 500, 3_000) };
  }
}

/** Only the faults of these kinds, in their order; all where none is named. */
export function* onlyOf(plan: Iterable<Fault>, kinds: readonly string[]): Generator<Fault> {
  for (const fault of plan) if (kinds.length === 0 || kinds.includes(fault.kind)) yield fault;
}

export const FAULT_KINDS: readonly Fault['kind'][] = [...ROUND, 'commit', 'commit_of'];

export function describeFault(fault: Fault): string {
  const { kind, ...rest } = fault;
  const facts = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  return [kind, ...facts].join(', ');
}
