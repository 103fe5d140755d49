import { isDeepStrictEqual } from 'node:util';
import { type Instant, MINUTE_MS } from '../core/instant.ts';
import type { Pause } from '../core/monitor.ts';
import type { Origin } from '../core/origin.ts';
import type { Transaction } from '../store/database.ts';
import { findByOrigins, type Imported, type OriginRow, setImported } from '../store/imports.ts';
import type { MonitorRecord } from '../store/monitors.ts';
import { lockStatesByIds } from '../store/states.ts';
import { attempt, type ManageDeps, type Refused } from './attempt.ts';
import {
  control,
  createWithin,
  editWithin,
  lockMonitor,
  type MonitorWish,
  type NewMonitorWish,
  type Owner,
  refuseTooMany,
  timingOf,
} from './manage.ts';

/** What can be taken over again and again; the key, the kind and the channels are taken over once. */
export const MERGED_FIELDS = [
  'name',
  'slug',
  'description',
  'tags',
  'schedule',
  'graceSeconds',
  'startGraceSeconds',
  'maxRunSeconds',
] as const satisfies readonly (keyof MonitorWish)[];
export type MergedField = (typeof MERGED_FIELDS)[number];

/** One job as another system described it. */
export interface ImportItem {
  readonly externalKey: string;
  readonly wish: NewMonitorWish;
  /** Its last sign of life there. */
  readonly lastHeardAt: Instant | null;
  readonly wasUp: boolean;
  /** It was paused there. */
  readonly pause: Pause | null;
}

export type ImportNote =
  /** The slug is another monitor's here: it has none, or keeps the one it had. */
  | 'slug_taken'
  /** It was overdue already: silence counts from now. */
  | 'counts_from_now'
  /** It was here before the first import, made through the interface of its system. */
  | 'was_here'
  /** The kind that the other system would have now; kinds do not change. */
  | 'kind_kept';

/** What became of one job. `kept`: it changed there, and a person had changed the same here. */
export interface ImportOutcome {
  readonly externalKey: string;
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'kept' | 'deleted' | 'refused';
  readonly id: string | null;
  readonly changed: readonly MergedField[];
  readonly kept: readonly MergedField[];
  readonly notes: readonly ImportNote[];
  readonly refused: Refused | null;
}

export interface ImportBatch {
  readonly source: string;
  readonly items: readonly ImportItem[];
  /** Only say what would become of it. */
  readonly check: boolean;
}

/** Ends the transaction of a trial without its changes. */
class TrialOver extends Error {
  readonly outcome: ImportOutcome;

  constructor(outcome: ImportOutcome) {
    super('nothing is kept of a trial');
    this.outcome = outcome;
  }
}

/**
 * Takes over jobs of another system, each in a transaction of its own: the first time as a new monitor, later what
 * changed there since the last import and was not changed here by a person. Live states are taken over only while a
 * monitor heard nothing by itself.
 */
export async function importMonitors(deps: ManageDeps, owner: Owner, batch: ImportBatch): Promise<ImportOutcome[]> {
  const keys = batch.items.map((item) => item.externalKey);
  const known = await findByOrigins(deps.database, owner.teamId, batch.source, keys);
  const outcomes: ImportOutcome[] = [];
  for (const item of batch.items) {
    const row = known.get(item.externalKey);
    outcomes.push(isSettled(row, item) ? nothing(item, row.id) : await importOne(deps, owner, batch, item));
  }
  return outcomes;
}

function nothing(item: ImportItem, id: string | null): ImportOutcome {
  const { externalKey } = item;
  return { externalKey, outcome: 'unchanged', id, changed: [], kept: [], notes: [], refused: null };
}

/** Nothing changed there since the last import, nothing is newer: nearly every job of a second import. */
function isSettled(row: OriginRow | undefined, item: ImportItem): row is OriginRow {
  if (row === undefined || row.is_deleted || row.imported === null) return false;
  const isHeard = item.lastHeardAt !== null && row.signal_count === 0 && item.lastHeardAt > (row.last_signal_at ?? 0);
  return !isHeard && item.wish.kind === row.imported.given.kind && changedThere(row.imported, item).length === 0;
}

async function importOne(deps: ManageDeps, owner: Owner, batch: ImportBatch, item: ImportItem): Promise<ImportOutcome> {
  const first = await tryOne(deps, owner, batch, item, true);
  // Somebody else made it at the same time: now it is found.
  if (first.refused?.refused === 'origin_taken') return tryOne(deps, owner, batch, item, true);
  if (first.refused?.refused !== 'slug_taken') return first;
  const second = await tryOne(deps, owner, batch, item, false);
  return { ...second, notes: [...second.notes, 'slug_taken'] };
}

async function tryOne(
  deps: ManageDeps,
  owner: Owner,
  batch: ImportBatch,
  item: ImportItem,
  withSlug: boolean,
): Promise<ImportOutcome> {
  const origin = { dialect: batch.source, key: item.externalKey };
  try {
    const result = await attempt(deps.database, async (tx) => {
      const outcome = await mergeOne(tx, deps, owner, origin, item, withSlug);
      if (batch.check) throw new TrialOver(outcome);
      return outcome;
    });
    return 'outcome' in result ? result : refusal(item, result);
  } catch (error) {
    if (error instanceof TrialOver) return error.outcome;
    throw error;
  }
}

const refusal = (item: ImportItem, refused: Refused): ImportOutcome => ({
  ...nothing(item, null),
  outcome: 'refused',
  refused,
});

async function mergeOne(
  tx: Transaction,
  deps: ManageDeps,
  owner: Owner,
  origin: Origin,
  item: ImportItem,
  withSlug: boolean,
): Promise<ImportOutcome> {
  const row = (await findByOrigins(tx, owner.teamId, origin.dialect, [origin.key])).get(origin.key);
  if (row === undefined) return makeOne(tx, deps, owner, origin, item, withSlug);
  if (row.is_deleted) return { ...nothing(item, row.id), outcome: 'deleted' };
  const before = await lockMonitor(tx, owner.teamId, row.id);
  if (before === null || before.deletedAt !== null) return { ...nothing(item, row.id), outcome: 'deleted' };
  const outcome = await updateOne(tx, deps, owner, { before, row }, item, withSlug);
  if (outcome.refused === null) await hearFrom(tx, deps, before.id, item);
  return outcome;
}

async function makeOne(
  tx: Transaction,
  deps: ManageDeps,
  owner: Owner,
  origin: Origin,
  item: ImportItem,
  withSlug: boolean,
): Promise<ImportOutcome> {
  const full = await refuseTooMany(tx, deps, owner);
  if (full !== null) return refusal(item, full);
  const slug = withSlug ? item.wish.slug : null;
  // Cronflow counts its jobs; they get the numbers of the team here.
  const wish = { ...item.wish, slug, origin: { ...origin, numbered: origin.dialect === 'cronflow' } };
  const made = await createWithin(tx, deps, owner, wish, signalOf(item));
  if ('refused' in made) return refusal(item, made);
  const { id } = made.monitor;
  await setImported(tx, id, { given: givenOf(item), kept: keptOf(made.monitor) });
  const isOverdue = item.pause === null && (await countsFromNow(tx, made.monitor, item));
  if (item.pause !== null) await control(tx, deps, id, { kind: 'pause', pause: item.pause });
  return { ...nothing(item, id), outcome: 'created', notes: isOverdue ? ['counts_from_now'] : [] };
}

/** Whether it was heard there, and the core found that too long ago to count from (core/imported.ts). */
async function countsFromNow(tx: Transaction, { id, createdAt }: MonitorRecord, item: ImportItem): Promise<boolean> {
  if (item.lastHeardAt === null || item.lastHeardAt >= createdAt - MINUTE_MS) return false;
  const [state] = await lockStatesByIds(tx, [id]);
  return state !== undefined && state.ref_at !== null && state.ref_at >= createdAt;
}

interface Here {
  readonly before: MonitorRecord;
  readonly row: OriginRow;
}

async function updateOne(
  tx: Transaction,
  deps: ManageDeps,
  owner: Owner,
  { before, row }: Here,
  item: ImportItem,
  withSlug: boolean,
): Promise<ImportOutcome> {
  const here = keptOf(before);
  const notes: ImportNote[] = item.wish.kind === before.kind ? [] : ['kind_kept'];
  if (row.imported === null) {
    await setImported(tx, before.id, { given: givenOf(item), kept: here });
    return { ...nothing(item, before.id), notes: ['was_here', ...notes] };
  }
  const base = row.imported;
  const given = givenOf(item);
  const news = changedThere(base, item)
    .filter((field) => fits(field, before) && (withSlug || field !== 'slug'))
    .filter((field) => !isDeepStrictEqual(here[field], given[field]));
  const kept = news.filter((field) => !isDeepStrictEqual(here[field], base.kept[field]));
  const changed = news.filter((field) => !kept.includes(field));
  if (changed.length > 0) {
    const wish = Object.fromEntries(changed.map((field) => [field, item.wish[field]]));
    const edited = await editWithin(tx, deps, owner, before, wish);
    if ('refused' in edited) return refusal(item, edited);
    await setImported(tx, before.id, takenOver(base, given, keptOf(edited.monitor), changed));
  }
  const outcome = changed.length > 0 ? 'updated' : kept.length > 0 ? 'kept' : 'unchanged';
  return { ...nothing(item, before.id), outcome, changed, kept, notes };
}

/** The time limits of the other kind mean nothing to a monitor whose kind stays. */
function fits(field: MergedField, { kind }: MonitorRecord): boolean {
  if (field === 'graceSeconds') return kind === 'heartbeat';
  return kind === 'process' || (field !== 'startGraceSeconds' && field !== 'maxRunSeconds');
}

/** The base of the next import: only what was taken over now counts as known; what a person keeps is asked again. */
function takenOver(base: Imported, given: Fields, kept: Fields, changed: readonly MergedField[]): Imported {
  const pick = (from: Fields) => Object.fromEntries(changed.map((field) => [field, from[field]]));
  return { given: { ...base.given, ...pick(given) }, kept: { ...base.kept, ...pick(kept) } };
}

type Fields = Readonly<Record<string, unknown>>;

/** As JSON gives it back: what is undefined is not there. */
const asJson = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

function givenOf({ wish }: ImportItem): Fields {
  const fields = MERGED_FIELDS.flatMap((field) => (wish[field] === undefined ? [] : [[field, asJson(wish[field])]]));
  return { kind: wish.kind, ...Object.fromEntries(fields) };
}

function keptOf(monitor: MonitorRecord): Fields {
  const { name, slug, description, tags } = monitor;
  const { schedule, graceSeconds, startGraceSeconds, maxRunSeconds } = timingOf(monitor);
  const fields = { name, slug, description, tags, schedule, graceSeconds, startGraceSeconds, maxRunSeconds };
  return asJson(fields) as Fields;
}

function changedThere(base: Imported, item: ImportItem): MergedField[] {
  const given = givenOf(item);
  return MERGED_FIELDS.filter((field) => field in given && !isDeepStrictEqual(given[field], base.given[field]));
}

function signalOf(item: ImportItem) {
  const { lastHeardAt, wasUp, wish } = item;
  return { kind: 'imported', lastHeardAt, wasUp, armed: wish.armedFrom === 'creation' } as const;
}

/** A job that nobody heard here yet may have been heard there once more. */
async function hearFrom(tx: Transaction, deps: ManageDeps, id: string, item: ImportItem): Promise<void> {
  if (item.lastHeardAt !== null) await control(tx, deps, id, signalOf(item));
}
