import type { Call, Group } from './call-tree.ts';

const SHOWN = 60;
const SHOWN_OF_OURS = 30;

interface Spot {
  readonly name: string;
  readonly group: Group;
  self: number;
  total: number;
}

/** A function that calls itself counts once. */
function spotsOf(root: Call): Spot[] {
  const spots = new Map<string, Spot>();
  const visit = (call: Call, above: ReadonlySet<string>) => {
    const name = call.place === '' ? call.name : `${call.name}  ${call.place}`;
    const key = `${name} ${call.group}`;
    const spot = spots.get(key) ?? { name, group: call.group, self: 0, total: 0 };
    spots.set(key, spot);
    spot.self += call.self;
    if (!above.has(key)) spot.total += call.total;
    const chain = above.has(key) ? above : new Set([...above, key]);
    for (const child of call.children) visit(child, chain);
  };
  visit(root, new Set());
  return [...spots.values()];
}

function byGroup(spots: readonly Spot[]): [Group, number][] {
  const sums = new Map<Group, number>();
  for (const { group, self } of spots) sums.set(group, (sums.get(group) ?? 0) + self);
  return [...sums].sort(([, one], [, other]) => other - one);
}

/** `show` writes a weight of the whole stretch with its unit; `perPing` the share of one ping. */
export function hotSpots(root: Call, show: (weight: number) => string, perPing: (weight: number) => string): string {
  const spots = spotsOf(root);
  const percent = (weight: number) => `${((weight * 100) / root.total).toFixed(1)} %`.padStart(7);
  const line = (weight: number, words: string) =>
    `${show(weight).padStart(12)} ${percent(weight)} ${perPing(weight).padStart(10)}  ${words}`;
  const largest = (weight: (spot: Spot) => number, from: readonly Spot[], count: number) =>
    from.toSorted((one, other) => weight(other) - weight(one)).slice(0, count);
  const ours = spots.filter(({ name }) => name.includes('  src/'));
  return [
    'By whom (what functions took by themselves; those of Node count for their callers)',
    ...byGroup(spots).map(([group, self]) => line(self, group)),
    '',
    `The ${SHOWN} functions that took most by themselves`,
    ...largest(({ self }) => self, spots, SHOWN).map(({ self, name, group }) =>
      line(self, `${group.padEnd(13)} ${name}`),
    ),
    '',
    `The ${SHOWN_OF_OURS} functions of ours that took most with all that they called`,
    ...largest(({ total }) => total, ours, SHOWN_OF_OURS).map(({ total, name }) => line(total, name)),
    '',
  ].join('\n');
}
