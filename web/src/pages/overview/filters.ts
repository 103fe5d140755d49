import { shownStatus } from '../../api/shown-status.ts';
import type { MonitorRow, ShownStatus } from '../../api/types.ts';

export const STATUSES: readonly ShownStatus[] = ['down', 'late', 'up', 'new', 'paused'];
export const SORTS = ['status', 'name', 'next', 'last'] as const;
export type Sort = (typeof SORTS)[number];

/** What the address says about which rows are shown: `/?status=down,late&tag=backup&q=shop`. */
export interface Filters {
  readonly q?: string;
  readonly status?: string;
  readonly kind?: string;
  readonly tag?: string;
  readonly site?: string;
}

export type FilterName = keyof Filters;
const NAMES: readonly FilterName[] = ['q', 'status', 'kind', 'tag', 'site'];

/** Reads the filters out of the address; what is not one is left out. */
export function readFilters(search: Readonly<Record<string, unknown>>): Filters {
  const entries = NAMES.flatMap((name) => {
    const value = search[name];
    const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
    return text === '' ? [] : [[name, text]];
  });
  return Object.fromEntries(entries);
}

export const isFiltered = (filters: Filters): boolean => NAMES.some((name) => filters[name] !== undefined);

const listed = (text: string | undefined): readonly string[] => (text ?? '').split(',').filter((part) => part !== '');

/** Whether a row is shown: one of the statuses, all of the tags, and all words of the search somewhere in it. */
export function createFilter(filters: Filters): (monitor: MonitorRow) => boolean {
  const statuses = listed(filters.status);
  const tags = listed(filters.tag);
  const words = (filters.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  return (monitor) => {
    if (statuses.length > 0 && !statuses.includes(shownStatus(monitor))) return false;
    if (filters.kind !== undefined && monitor.kind !== filters.kind) return false;
    if (filters.site !== undefined && monitor.site_id !== filters.site) return false;
    if (!tags.every((tag) => monitor.tags.includes(tag))) return false;
    if (words.length === 0) return true;
    const text = `${monitor.name} ${monitor.slug ?? ''} ${monitor.tags.join(' ')} ${monitor.description}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

const RANKS: Readonly<Record<ShownStatus, number>> = { down: 0, late: 1, up: 2, new: 2, paused: 2 };
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

const byName = (one: MonitorRow, other: MonitorRow) =>
  collator.compare(one.name, other.name) || (one.id < other.id ? -1 : 1);
const rankOf = (monitor: MonitorRow) => RANKS[shownStatus(monitor)];
const late = '\uffff';

/** Down first, then late, then the rest by name; or as the reader chose. Equal ones are in the order of their names. */
export function sortMonitors(monitors: readonly MonitorRow[], sort: Sort): readonly MonitorRow[] {
  const compare: Readonly<Record<Sort, (one: MonitorRow, other: MonitorRow) => number>> = {
    status: (one, other) => rankOf(one) - rankOf(other),
    name: () => 0,
    next: (one, other) => text(one.next_expected_at ?? late, other.next_expected_at ?? late),
    last: (one, other) => text(other.last_signal_at ?? '', one.last_signal_at ?? ''),
  };
  return [...monitors].sort((one, other) => compare[sort](one, other) || byName(one, other));
}

const text = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);

export type Counts = Readonly<Record<ShownStatus, number>>;

export function countStatuses(monitors: readonly MonitorRow[]): Counts {
  const counts = { up: 0, down: 0, late: 0, new: 0, paused: 0 };
  for (const monitor of monitors) counts[shownStatus(monitor)] += 1;
  return counts;
}

/** All tags, the most used first. */
export function tagsOf(monitors: readonly MonitorRow[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { tags } of monitors) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].sort(([a, x], [b, y]) => y - x || collator.compare(a, b)).map(([tag]) => tag);
}
