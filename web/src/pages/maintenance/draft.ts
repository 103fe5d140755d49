import type { Covering, Maintenance } from '../../api/maintenance-facts.ts';
import type { MaintenanceWords } from '../../language/en/maintenance.ts';
import { needed, onlyErrors } from '../../lib/checks.ts';
import { instantOfWall, wallTime } from '../../lib/wall-time.ts';
import { isKnownZone } from '../../lib/zones.ts';
import { readLength } from '../monitors/length-text.ts';
import { recogniseSchedule, writeLength, writeSchedule } from '../monitors/schedule-text.ts';

const MINUTE_MS = 60_000;
const MIN_SECONDS = 60;
const MAX_REPEATED_SECONDS = 7 * 86_400;
const MAX_SINGLE_MS = 90 * 86_400_000;
/** The next full five minutes are a time that a person would have typed. */
const FIRST_STEP_MS = 5 * MINUTE_MS;
const FIRST_LENGTH_MS = 60 * MINUTE_MS;

/** The form as it is typed; times are those of the wall clock in `zone`. */
export interface MaintenanceDraft extends Covering {
  readonly name: string;
  readonly kind: 'once' | 'repeat';
  readonly from: string;
  readonly to: string;
  readonly zone: string;
  readonly schedule: string;
  readonly length: string;
}

export const MAINTENANCE_FIELDS = ['name', 'from', 'to', 'zone', 'schedule', 'length', 'which'] as const;
export type MaintenanceField = (typeof MAINTENANCE_FIELDS)[number];
type Errors = Partial<Record<MaintenanceField, string>>;

export function emptyDraft(zone: string, now: number): MaintenanceDraft {
  const from = Math.ceil(now / FIRST_STEP_MS) * FIRST_STEP_MS;
  return {
    name: '',
    kind: 'once',
    from: wallTime(from, zone),
    to: wallTime(from + FIRST_LENGTH_MS, zone),
    zone,
    schedule: '',
    length: '2h',
    all: false,
    monitors: [],
    tags: [],
    sites: [],
  };
}

export function draftOf(one: Maintenance, zone: string, now: number): MaintenanceDraft {
  const { name, once, repeat, all, monitors, tags, sites } = one;
  const own = repeat !== null && repeat.schedule.type !== 'period' ? repeat.schedule.timezone : zone;
  const empty = emptyDraft(own, now);
  return {
    ...empty,
    name,
    kind: repeat === null ? 'once' : 'repeat',
    ...(once === null ? {} : { from: wallTime(Date.parse(once.from), own), to: wallTime(Date.parse(once.to), own) }),
    ...(repeat === null
      ? {}
      : { schedule: writeSchedule(repeat.schedule), length: writeLength(repeat.duration_seconds) }),
    all,
    monitors,
    tags,
    sites,
  };
}

/** From when to when one that comes once is; null for what is no time. */
export function spanOf({ from, to, zone }: MaintenanceDraft): { readonly from: number; readonly to: number } | null {
  if (!isKnownZone(zone.trim())) return null;
  const [begin, end] = [instantOfWall(from, zone.trim()), instantOfWall(to, zone.trim())];
  return begin === null || end === null ? null : { from: begin, to: end };
}

/** The seconds that each one of a repeated maintenance lasts; null where that cannot be. */
export function lengthOf({ length }: Pick<MaintenanceDraft, 'length'>): number | null {
  const seconds = readLength(length);
  return seconds === null || seconds < MIN_SECONDS || seconds > MAX_REPEATED_SECONDS ? null : seconds;
}

/** The same length from another beginning on. */
export function withLength(draft: MaintenanceDraft, lengthMs: number): MaintenanceDraft {
  const from = instantOfWall(draft.from, draft.zone);
  return from === null ? draft : { ...draft, to: wallTime(from + lengthMs, draft.zone) };
}

/** Begins at `now` and lasts as long as before. */
export function startingAt(draft: MaintenanceDraft, now: number): MaintenanceDraft {
  const span = spanOf(draft);
  const from = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const lengthMs = span === null || span.to <= span.from ? FIRST_LENGTH_MS : span.to - span.from;
  return { ...draft, from: wallTime(from, draft.zone), to: wallTime(from + lengthMs, draft.zone) };
}

function timeErrors(draft: MaintenanceDraft, words: MaintenanceWords['form'], now: number) {
  const { zone, from, to } = draft;
  if (!isKnownZone(zone.trim())) return { zone: words.zoneUnknown };
  const [begin, end] = [instantOfWall(from, zone.trim()), instantOfWall(to, zone.trim())];
  if (begin === null) return { from: words.timeWrong };
  if (end === null) return { to: words.timeWrong };
  if (end - begin < MINUTE_MS) return { to: words.endWrong };
  if (end - begin > MAX_SINGLE_MS) return { to: words.tooLong };
  return { to: end <= now ? words.past : undefined };
}

/** What is wrong with it as far as can be seen here. */
export function checkDraft(
  draft: MaintenanceDraft,
  words: MaintenanceWords['form'],
  required: string,
  now: number,
): Errors {
  const recognised = recogniseSchedule(draft.schedule);
  const isChosen = draft.all || draft.monitors.length + draft.tags.length + draft.sites.length > 0;
  const repeated = {
    schedule: recognised === null ? required : recognised.type === 'period' ? words.noPeriod : undefined,
    zone: isKnownZone(draft.zone.trim()) ? undefined : words.zoneUnknown,
    length: lengthOf(draft) === null ? words.lengthWrong : undefined,
  };
  return onlyErrors({
    name: needed(draft.name, { required }),
    ...(draft.kind === 'once' ? timeErrors(draft, words, now) : repeated),
    which: isChosen ? undefined : words.nothingChosen,
  });
}

/** The form as the API takes it; null where its times are none. */
export function bodyOf(draft: MaintenanceDraft): Record<string, unknown> | null {
  const { name, kind, all, monitors, tags, sites } = draft;
  const which = all ? { all, monitors: [], tags: [], sites: [] } : { all, monitors, tags, sites };
  if (kind === 'once') {
    const span = spanOf(draft);
    if (span === null) return null;
    const once = { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() };
    return { name: name.trim(), once, ...which };
  }
  const recognised = recogniseSchedule(draft.schedule);
  const seconds = lengthOf(draft);
  if (recognised === null || recognised.type === 'period' || seconds === null) return null;
  const schedule = { ...recognised, timezone: draft.zone.trim() };
  return { name: name.trim(), repeat: { schedule, duration_seconds: seconds }, ...which };
}

const PLACES: Readonly<Record<string, MaintenanceField>> = {
  name: 'name',
  once: 'to',
  'once.from': 'from',
  'once.to': 'to',
  'repeat.schedule.expression': 'schedule',
  'repeat.schedule.type': 'schedule',
  'repeat.schedule.timezone': 'zone',
  'repeat.duration_seconds': 'length',
  monitors: 'which',
  tags: 'which',
  sites: 'which',
};

/** What the server said, beside the fields of the form; null where it has no place there. */
export function besideFields(errors: readonly { readonly field: string; readonly message: string }[]): Errors | null {
  const beside = errors.flatMap(({ field, message }) => {
    const place = PLACES[field] ?? PLACES[field.split('.')[0] ?? ''];
    return place === undefined ? [] : [[place, message]];
  });
  return beside.length === 0 ? null : Object.fromEntries(beside);
}
