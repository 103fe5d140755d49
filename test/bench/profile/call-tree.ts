import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Whose work a function is, where it can be told. */
export type Group =
  | 'HTTP'
  | 'driver'
  | 'core'
  | 'store'
  | 'watch'
  | 'our HTTP'
  | 'other of ours'
  | 'Node'
  | 'native'
  | 'GC';

/** One function under one chain of callers. Weights are microseconds or bytes. */
export interface Call {
  readonly name: string;
  /** File and line, short. */
  readonly place: string;
  readonly group: Group;
  /** What it took by itself, and with all that it called. */
  readonly self: number;
  readonly total: number;
  readonly children: readonly Call[];
}

/** What the engine says of a function. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** A node of the engine's tree: of processor time or of allocations. */
export interface RawCall {
  readonly frame: CallFrame;
  readonly self: number;
  readonly children: readonly RawCall[];
}

/** A profile of processor time as the inspector answers it; times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A profile of allocations; sizes in bytes. */
export interface AllocationNode {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly AllocationNode[];
}

const CHECKOUT = `${pathToFileURL(join(import.meta.dirname, '../../..')).href}/`;
const IDLE = '(idle)';

const OURS: Readonly<Record<string, Group>> = { core: 'core', store: 'store', watch: 'watch', http: 'our HTTP' };

function shortPlace({ url, lineNumber }: CallFrame): string {
  if (url === '') return '';
  const inPackages = url.lastIndexOf('/node_modules/');
  const file = inPackages >= 0 ? url.slice(inPackages + '/node_modules/'.length) : url.replace(CHECKOUT, '');
  return `${file}:${lineNumber + 1}`;
}

/** The group that a function names by where it stands; null: it works for whoever called it. */
function ownGroup(name: string, place: string): Group | null {
  if (name === '(garbage collector)') return 'GC';
  if (name === '(program)') return 'native';
  if (/^node:(_http|internal\/http|http)/.test(place)) return 'HTTP';
  if (/^(pg|pg-pool|pg-protocol|pg-types|postgres-\w+)\//.test(place)) return 'driver';
  if (!place.startsWith('src/')) return null;
  return OURS[place.split('/')[1] ?? ''] ?? 'other of ours';
}

/**
 * Functions of Node and built-in ones belong to whoever called them: a socket written by the driver is the driver's.
 * What is idle is left out; calls of the same function from the same chain are one.
 */
export function callTree(raw: RawCall, inherited: Group = 'Node'): Call {
  const place = shortPlace(raw.frame);
  const name = raw.frame.functionName || '(anonymous)';
  const group = ownGroup(name, place) ?? inherited;
  const same = Map.groupBy(
    raw.children.filter(({ frame }) => frame.functionName !== IDLE),
    ({ frame }) => `${frame.functionName} ${shortPlace(frame)}`,
  );
  const children = [...same.values()]
    .map((calls) => callTree(merged(calls), group))
    .sort((one, other) => other.total - one.total);
  const total = raw.self + children.reduce((sum, child) => sum + child.total, 0);
  return { name, place, group, self: raw.self, total, children };
}

function merged(calls: readonly RawCall[]): RawCall {
  const [first] = calls;
  if (first === undefined || calls.length === 1) return first ?? { frame: ROOT, self: 0, children: [] };
  const self = calls.reduce((sum, call) => sum + call.self, 0);
  return { frame: first.frame, self, children: calls.flatMap((call) => call.children) };
}

const ROOT: CallFrame = { functionName: '(root)', url: '', lineNumber: 0 };

export function ofCpuProfile({ nodes, samples, timeDeltas }: CpuProfile): RawCall {
  const self = new Map<number, number>();
  for (const [index, id] of samples.entries()) self.set(id, (self.get(id) ?? 0) + Math.max(0, timeDeltas[index] ?? 0));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const build = (id: number): RawCall => {
    const node = byId.get(id);
    return { frame: node?.callFrame ?? ROOT, self: self.get(id) ?? 0, children: (node?.children ?? []).map(build) };
  };
  const [root] = nodes;
  return build(root?.id ?? 0);
}

export function ofAllocations({ callFrame, selfSize, children }: AllocationNode): RawCall {
  return { frame: callFrame, self: selfSize, children: children.map(ofAllocations) };
}
