import type { Monitor } from './types.ts';

export interface PageGroup {
  readonly title: string;
  /** `name`: how everybody sees it; null: its own. */
  readonly monitors: readonly { readonly id: string; readonly name: string | null }[];
  readonly tags: readonly string[];
  /** Every other monitor of the team too. */
  readonly all: boolean;
}

export interface Announcement {
  readonly title: string;
  readonly text: string;
  readonly at: string;
}

/** A public page as its team sees it. */
export interface StatusPage {
  readonly id: string;
  readonly url: string;
  readonly slug: string;
  readonly title: string;
  readonly intro: string;
  readonly language: 'en' | 'ru';
  readonly timezone: string;
  readonly host: string | null;
  readonly public: boolean;
  readonly groups: readonly PageGroup[];
  readonly announcements: readonly Announcement[];
  readonly has_logo: boolean;
}

/** Monitors that one page shows at most. */
export const MAX_PAGE_MONITORS = 100;

export type Named = Pick<Monitor, 'id' | 'name' | 'tags'>;

const isChosen = (group: Pick<PageGroup, 'monitors' | 'tags'>, { id, tags }: Named): boolean =>
  group.monitors.some((one) => one.id === id) || tags.some((tag) => group.tags.includes(tag));

/** The names that a group shows: those that were given, then those found by tag, then all others, by their own names. */
export function shownNames(
  group: PageGroup,
  groups: readonly PageGroup[],
  monitors: readonly Named[],
): readonly string[] {
  const known = new Map(monitors.map((monitor) => [monitor.id, monitor]));
  const named = group.monitors.flatMap(({ id, name }) => {
    const monitor = known.get(id);
    return monitor === undefined ? [] : [name ?? monitor.name];
  });
  const isGiven = ({ id }: Named) => group.monitors.some((one) => one.id === id);
  const tagged = monitors.filter((monitor) => !isGiven(monitor) && isChosen(group, monitor));
  const others = group.all ? monitors.filter((monitor) => !groups.some((one) => isChosen(one, monitor))) : [];
  return [...named, ...byName(tagged), ...byName(others)];
}

const byName = (monitors: readonly Named[]): readonly string[] =>
  monitors.map(({ name }) => name).toSorted((one, other) => one.localeCompare(other));
