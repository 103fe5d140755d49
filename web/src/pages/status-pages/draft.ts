import type { PageGroup, StatusPage } from '../../api/status-page-facts.ts';
import type { StatusPageWords } from '../../language/en/status-pages.ts';
import { needed, onlyErrors } from '../../lib/checks.ts';
import { isKnownZone } from '../../lib/zones.ts';

/** One group in the form; `key` tells it from its neighbours while it is moved. */
export interface GroupDraft extends Omit<PageGroup, 'monitors'> {
  readonly key: number;
  readonly monitors: readonly { readonly id: string; readonly name: string }[];
}

/** The form as it is typed. */
export interface StatusPageDraft {
  readonly title: string;
  readonly slug: string;
  /** Until somebody types an address it follows the title. */
  readonly isSlugOwn: boolean;
  readonly intro: string;
  readonly language: 'en' | 'ru';
  readonly timezone: string;
  readonly host: string;
  readonly isPublic: boolean;
  readonly groups: readonly GroupDraft[];
  /** A data: URL; null: it is to go; undefined: as it is. */
  readonly logo: string | null | undefined;
}

export const STATUS_PAGE_FIELDS = ['title', 'slug', 'intro', 'timezone', 'host', 'logo', 'groups'] as const;
export type StatusPageField = (typeof STATUS_PAGE_FIELDS)[number];
type Errors = Partial<Record<StatusPageField, string>>;

export const MAX_GROUPS = 20;
export const MAX_LOGO_BYTES = 64 * 1024;
export const LOGO_TYPES: readonly string[] = ['image/png', 'image/jpeg', 'image/webp'];
const MAX_SLUG = 64;

let lastKey = 0;

export function newGroup(): GroupDraft {
  lastKey += 1;
  return { key: lastKey, title: '', monitors: [], tags: [], all: false };
}

export function emptyDraft(language: 'en' | 'ru', timezone: string): StatusPageDraft {
  return {
    title: '',
    slug: '',
    isSlugOwn: false,
    intro: '',
    language,
    timezone,
    host: '',
    isPublic: true,
    groups: [newGroup()],
    logo: undefined,
  };
}

export function draftOf(page: StatusPage): StatusPageDraft {
  const groups = page.groups.map(({ title, monitors, tags, all }) => {
    return { ...newGroup(), title, monitors: monitors.map(({ id, name }) => ({ id, name: name ?? '' })), tags, all };
  });
  return {
    title: page.title,
    slug: page.slug,
    isSlugOwn: true,
    intro: page.intro,
    language: page.language,
    timezone: page.timezone,
    host: page.host ?? '',
    isPublic: page.public,
    groups,
    logo: undefined,
  };
}

// biome-ignore format: a table
const LATIN: Readonly<Record<string, string>> = {
  а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ё: 'e', ж: 'zh', з: 'z', и: 'i', й: 'y', к: 'k', л: 'l', м: 'm',
  н: 'n', о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'h', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'sch',
  ъ: '', ы: 'y', ь: '', э: 'e', ю: 'yu', я: 'ya',
};

/** An address made of a title: "Акме & Co" is akme-co. */
export function slugOf(title: string): string {
  const latin = [...title.toLowerCase()].map((letter) => LATIN[letter] ?? letter).join('');
  const words = latin
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .split(/[^a-z0-9]+/);
  return words.filter(Boolean).join('-').slice(0, MAX_SLUG).replace(/-+$/, '');
}

const SLUG = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const HOST = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+$/;

const hostOf = ({ host }: StatusPageDraft): string => host.trim().toLowerCase();

/** What is wrong with it as far as can be seen here. */
export function checkDraft(draft: StatusPageDraft, words: StatusPageWords['form'], required: string): Errors {
  const { title, slug, timezone } = draft;
  const host = hostOf(draft);
  const isSlug = SLUG.test(slug.trim()) && slug.trim().length <= MAX_SLUG;
  return onlyErrors({
    title: needed(title, { required }),
    slug: needed(slug, { required }) ?? (isSlug ? undefined : words.slugWrong),
    timezone: isKnownZone(timezone.trim()) ? undefined : words.zoneUnknown,
    host: host === '' || HOST.test(host) ? undefined : words.hostWrong,
  });
}

/** Why a picture cannot be a logo; null: it can. */
export function logoFault(
  { size, type }: { readonly size: number; readonly type: string },
  words: Pick<StatusPageWords['form'], 'logoWrong' | 'logoLarge'>,
): string | null {
  if (!LOGO_TYPES.includes(type)) return words.logoWrong;
  return size > MAX_LOGO_BYTES ? words.logoLarge : null;
}

/** The form as the API takes it. */
export function bodyOf(draft: StatusPageDraft): Record<string, unknown> {
  const { title, slug, intro, language, timezone, isPublic, groups, logo } = draft;
  const host = hostOf(draft);
  return {
    title: title.trim(),
    slug: slug.trim(),
    intro,
    language,
    timezone: timezone.trim(),
    host: host === '' ? null : host,
    public: isPublic,
    groups: groups.map((group) => ({
      title: group.title.trim(),
      monitors: group.monitors.map(({ id, name }) => ({ id, name: name.trim() === '' ? null : name.trim() })),
      tags: group.tags,
      all: group.all,
    })),
    ...(logo === undefined ? {} : { logo: logo === null ? null : logo.slice(logo.indexOf(',') + 1) }),
  };
}

/** What the server said, beside the fields of the form; null where it has no place there. */
export function besideFields(
  errors: readonly { readonly field: string; readonly message: string }[],
  words: StatusPageWords['form'],
): Errors | null {
  const beside = errors.flatMap(({ field, message }): [StatusPageField, string][] => {
    const place = STATUS_PAGE_FIELDS.find((one) => one === field.split('.')[0]);
    if (place === undefined) return [];
    const isTaken = /taken/.test(message);
    if (place === 'slug') return [[place, isTaken ? words.slugTaken : words.slugWrong]];
    if (place === 'host') return [[place, isTaken ? words.hostTaken : words.hostWrong]];
    return [[place, place === 'groups' ? words.groupsWrong : message]];
  });
  return beside.length === 0 ? null : Object.fromEntries(beside);
}

/** The same list with one of it a place further up (-1) or down (1). */
export function moved<T>(list: readonly T[], index: number, by: -1 | 1): readonly T[] {
  const [one, other] = [list[index], list[index + by]];
  if (one === undefined || other === undefined) return list;
  return list.with(index, other).with(index + by, one);
}
