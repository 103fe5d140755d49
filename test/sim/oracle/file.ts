import { type Calendar, createCalendar, type Expected } from './calendar.ts';
import type { CauseClass, Ending, ExpectedIncident, PauseMode, Span, Story, Terms } from './story.ts';

export interface OracleRun {
  readonly name: string | null;
  startedAt: number | null;
  endedAt: number | null;
  deadline: number | null;
  isExcused: boolean;
  state: 'open' | 'succeeded' | 'failed' | 'timed_out' | 'abandoned' | 'unknown';
}

interface OpenIncident {
  readonly record: ExpectedIncident;
  /** A sign of life from here until it opened proves it wrong; null: nothing does. */
  readonly disprovedFrom: number | null;
  readonly statusBefore: 'new' | 'up' | 'down' | 'paused';
  isExtended: boolean;
}

/** What the oracle knows of one monitor while it reads its story. */
export interface CaseFile {
  terms: Terms;
  calendar: Calendar | null;
  readonly createdAt: number;
  status: 'new' | 'up' | 'down' | 'paused';
  since: number;
  pause: PauseMode | null;
  isDeleted: boolean;
  ref: number | null;
  slot: Expected | null;
  due: number | null;
  isExcused: boolean;
  streak: number;
  lastSignal: number | null;
  neverHeard: boolean;
  incident: OpenIncident | null;
  /** Those that an end can still reach. */
  runs: OracleRun[];
  readonly named: Map<string, OracleRun>;
  goodDurations: number[];
  readonly incidents: ExpectedIncident[];
  readonly excusedSlots: number[];
}

export function openFile(story: Story): CaseFile {
  const file: CaseFile = {
    terms: story.terms,
    calendar: story.terms.plan === null ? null : createCalendar(story.terms.plan),
    createdAt: story.createdAt,
    status: 'new',
    since: Number.NEGATIVE_INFINITY,
    pause: null,
    isDeleted: false,
    ref: null,
    slot: null,
    due: null,
    isExcused: false,
    streak: 0,
    lastSignal: null,
    neverHeard: false,
    incident: null,
    runs: [],
    named: new Map(),
    goodDurations: [],
    incidents: [],
    excusedSlots: [],
  };
  if (story.isArmedAtCreation) expectAfter(file, story.createdAt);
  return file;
}

export const openRuns = (file: CaseFile) => file.runs.filter((run) => run.state === 'open');

/** The next slot is the first one after `ref`. */
export function expectAfter(file: CaseFile, ref: number): void {
  file.ref = ref;
  file.slot = file.calendar?.next(ref) ?? null;
  file.due = file.slot === null ? null : file.slot.latest + file.terms.graceMs;
}

export function setStatus(file: CaseFile, status: CaseFile['status'], at: number): void {
  if (file.status === status) return;
  file.status = status;
  file.since = Math.max(at, file.since);
}

export function goDown(
  file: CaseFile,
  cause: CauseClass,
  openedAt: number,
  foundAt: number,
  disprovedFrom: number | null,
): void {
  if (file.incident !== null) {
    file.incident.isExtended = true;
    return;
  }
  const record: ExpectedIncident = { cause, openedAt, foundAt, ending: null, endedAt: null };
  file.incident = { record, disprovedFrom, statusBefore: file.status, isExtended: false };
  file.incidents.push(record);
  setStatus(file, 'down', openedAt);
}

export function closeIncident(file: CaseFile, ending: Ending, at: number): void {
  if (file.incident === null) return;
  const { record } = file.incident;
  record.ending = ending;
  record.endedAt = Math.max(at, record.openedAt);
  file.incident = null;
}

/** The incident was a mistake: the sign of life at `at` came before it began. Answers whether it was. */
function withdraw(file: CaseFile, at: number, now: number): boolean {
  const { incident } = file;
  if (incident === null || incident.isExtended || at >= incident.record.openedAt) return false;
  closeIncident(file, 'withdrawn', now);
  setStatus(file, incident.statusBefore, incident.record.openedAt);
  return true;
}

export function disproveSilence(file: CaseFile, at: number, now: number): boolean {
  const from = file.incident?.disprovedFrom ?? null;
  return from !== null && at >= from && withdraw(file, at, now);
}

export function disproveOverrun(file: CaseFile, run: OracleRun | null, at: number, now: number): boolean {
  const record = file.incident?.record;
  if (run === null || run.state !== 'timed_out' || run.deadline === null || at >= run.deadline) return false;
  return record?.cause === 'overran' && record.openedAt === run.deadline && withdraw(file, at, now);
}

/** The gap that ends last of those that touch a stretch. */
export function lastTouching(gaps: readonly Span[], from: number, to: number): Span | null {
  let last: Span | null = null;
  for (const gap of gaps) {
    if (gap.from <= to && gap.to >= from && (last === null || gap.to > last.to)) last = gap;
  }
  return last;
}
