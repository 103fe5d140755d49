import type { Instant } from '../core/instant.ts';
import type { MonitorState } from '../core/monitor.ts';
import { type ArrayType, BinaryArray } from './binary-array.ts';
import type { Queryable, Transaction } from './database.ts';
import { DEFINITION_COLUMNS, type DefinitionRow, STATE_COLUMNS, type StateRow } from './monitor-rows.ts';
import { insertSignals, insertSignalsSql, type SignalToSave, signalValues } from './signals.ts';
import { booleanArray, numberArray, textArray, unnestOf, wordArray } from './sql-array.ts';

/** The ping keys of living monitors by (team ping key, slug), as `team key/slug` → key. */
export async function findKeysByNames(
  db: Queryable,
  names: readonly { readonly teamKey: string; readonly slug: string }[],
): Promise<Map<string, string>> {
  const rows = await db.query<{ team_key: string; slug: string; ping_key: string }>(
    {
      name: 'find_keys_by_names',
      text: `SELECT t.ping_key AS team_key, m.slug, m.ping_key
        FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) AS v (team_key, slug)
        JOIN team t ON t.ping_key = v.team_key
        JOIN monitor m ON m.team_id = t.id AND m.slug = v.slug AND m.deleted_at IS NULL`,
    },
    [textArray(names.map((name) => name.teamKey)), textArray(names.map((name) => name.slug))],
  );
  return new Map(rows.map((row) => [`${row.team_key}/${row.slug}`, row.ping_key]));
}

/** Locks the states of monitors by id, deleted ones too, in the order of ids. */
export function lockStatesByIds(tx: Transaction, ids: readonly string[]): Promise<StateRow[]> {
  return tx.query<StateRow>(
    {
      name: 'lock_states_by_ids',
      text: `SELECT ${STATE_COLUMNS} FROM monitor_state s WHERE s.monitor_id = ANY ($1::uuid[])
        ORDER BY s.monitor_id FOR UPDATE`,
    },
    [wordArray(ids)],
  );
}

/**
 * Claims at most `limit` monitors that need attention at `upTo`, earliest first. The row lock is the claim: the work is
 * done in this very transaction, so a node that dies holds nothing.
 */
export function claimDueStates(tx: Transaction, upTo: Instant, limit: number): Promise<StateRow[]> {
  return tx.query<StateRow>(
    {
      name: 'claim_due_states',
      text: `SELECT ${STATE_COLUMNS} FROM monitor_state s WHERE s.wake_at <= $1
        ORDER BY s.wake_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
    },
    [upTo, limit],
  );
}

/** Claims one monitor of those that need attention at `upTo`; nobody when another node has it, or it is done. */
export function claimDueState(tx: Transaction, monitorId: string, upTo: Instant): Promise<StateRow[]> {
  return tx.query<StateRow>(
    {
      name: 'claim_due_state',
      text: `SELECT ${STATE_COLUMNS} FROM monitor_state s WHERE s.monitor_id = $1 AND s.wake_at <= $2
        FOR UPDATE SKIP LOCKED`,
    },
    [monitorId, upTo],
  );
}

/** The monitors that need attention at `upTo`, earliest first, without claiming them. */
export async function listDueStates(db: Queryable, upTo: Instant, limit: number): Promise<string[]> {
  const rows = await db.query<{ monitor_id: string }>(
    {
      name: 'list_due_states',
      text: 'SELECT monitor_id FROM monitor_state WHERE wake_at <= $1 ORDER BY wake_at LIMIT $2',
    },
    [upTo, limit],
  );
  return rows.map((row) => row.monitor_id);
}

export function readDefinitions(db: Queryable, ids: readonly string[]): Promise<DefinitionRow[]> {
  return db.query<DefinitionRow>(
    { name: 'read_definitions', text: `SELECT ${DEFINITION_COLUMNS} FROM monitor m WHERE m.id = ANY ($1::uuid[])` },
    [wordArray(ids)],
  );
}

/** The definitions of the living monitors that have these ping keys. */
export function readDefinitionsByKeys(db: Queryable, keys: readonly string[]): Promise<DefinitionRow[]> {
  return db.query<DefinitionRow>(
    {
      name: 'read_definitions_by_keys',
      text: `SELECT ${DEFINITION_COLUMNS} FROM monitor m WHERE m.ping_key = ANY ($1::text[]) AND m.deleted_at IS NULL`,
    },
    [textArray(keys)],
  );
}

/** What `saveStates` writes for one monitor. `state.runs` are written by store/runs.ts. */
export interface StateToSave {
  readonly monitorId: string;
  /** As it was read; what did not change since need not be written. */
  readonly before: MonitorState | null;
  readonly state: MonitorState;
}

/** What nearly every ping does: it moves times and counters, and all the rest stays. */
export function isMove({ before, state }: Pick<StateToSave, 'before' | 'state'>): boolean {
  return (
    before !== null &&
    before.status === state.status &&
    before.statusSince === state.statusSince &&
    before.pause === state.pause &&
    before.incident === state.incident &&
    before.goodDurationsMs === state.goodDurationsMs &&
    before.silenceTold === state.silenceTold &&
    before.runs.length === state.runs.length
  );
}

/** Writes states, one statement for those that only moved and one for the others. The caller has locked the rows. */
export async function saveStates(tx: Transaction, entries: readonly StateToSave[]): Promise<void> {
  const moves = entries.filter(isMove);
  const others = moves.length === entries.length ? [] : entries.filter((entry) => !isMove(entry));
  await Promise.all([saveMoves(tx, moves), saveWhole(tx, others)]);
}

/**
 * States and the signals that led to them, in the fewest statements: one where all of them only moved, as in nearly
 * every batch of pings.
 */
export async function saveStatesAndSignals(
  tx: Transaction,
  entries: readonly StateToSave[],
  signals: readonly SignalToSave[],
): Promise<void> {
  if (entries.length === 0 || signals.length === 0 || !entries.every(isMove)) {
    await Promise.all([saveStates(tx, entries), insertSignals(tx, signals)]);
    return;
  }
  const values = moveValues(entries);
  await tx.query(
    {
      name: 'save_moves_and_signals',
      text: `WITH moved AS (${MOVE_SQL}) ${insertSignalsSql(values.length + 1)}`,
    },
    [...values, ...signalValues(signals)],
  );
}

async function saveMoves(tx: Transaction, entries: readonly StateToSave[]): Promise<void> {
  if (entries.length === 0) return;
  await tx.query({ name: 'save_moves', text: MOVE_SQL }, moveValues(entries));
}

/** The types of the parameters of a move. */
export const MOVE_TYPES = [
  'uuid',
  'bigint',
  'bigint',
  'bigint',
  'bigint',
  'boolean',
  'integer',
  'bigint',
  'bigint',
  'bigint',
  'bigint',
] as const satisfies readonly ArrayType[];

/** Where a state moves to. */
export type Moved = Pick<
  MonitorState,
  | 'refAt'
  | 'expectedAt'
  | 'expectedLatestAt'
  | 'dueAt'
  | 'excused'
  | 'failStreak'
  | 'lastSignalAt'
  | 'lastSuccessAt'
  | 'signalCount'
  | 'wakeAt'
>;

/** The beginning of a move: what it sets, from columns of `v`. */
export const MOVE_COLUMNS_SQL = `UPDATE monitor_state s SET ref_at = v.ref_at, expected_at = v.expected_at,
    expected_latest_at = v.expected_latest_at, due_at = v.due_at, excused = v.excused, fail_streak = v.fail_streak,
    last_signal_at = v.last_signal_at, last_success_at = v.last_success_at, signal_count = v.signal_count,
    wake_at = v.wake_at, fault = NULL`;

const MOVE_SQL = `${MOVE_COLUMNS_SQL}
  FROM ${unnestOf(MOVE_TYPES)} AS v (monitor_id, ref_at, expected_at, expected_latest_at, due_at, excused, fail_streak,
    last_signal_at, last_success_at, signal_count, wake_at)
  WHERE s.monitor_id = v.monitor_id`;

/** Moves as parameters, column by column. */
export interface MoveColumns {
  push(monitorId: string, moved: Moved): void;
  /** The parameters, in the order of MOVE_TYPES; nothing may be pushed any more. */
  values(): readonly Buffer[];
}

export function createMoveColumns(): MoveColumns {
  const of = (type: ArrayType) => new BinaryArray(type);
  const [monitorIds, refAts, expectedAts, expectedLatestAts] = [of('uuid'), of('bigint'), of('bigint'), of('bigint')];
  const [dueAts, excuseds, failStreaks, lastSignalAts] = [of('bigint'), of('boolean'), of('integer'), of('bigint')];
  const [lastSuccessAts, signalCounts, wakeAts] = [of('bigint'), of('bigint'), of('bigint')];
  const first = [monitorIds, refAts, expectedAts, expectedLatestAts, dueAts, excuseds, failStreaks];
  const columns = [...first, lastSignalAts, lastSuccessAts, signalCounts, wakeAts];
  return {
    push(monitorId, moved) {
      monitorIds.pushUuid(monitorId);
      refAts.pushBigint(moved.refAt);
      expectedAts.pushBigint(moved.expectedAt);
      expectedLatestAts.pushBigint(moved.expectedLatestAt);
      dueAts.pushBigint(moved.dueAt);
      excuseds.pushBoolean(moved.excused);
      failStreaks.pushInteger(moved.failStreak);
      lastSignalAts.pushBigint(moved.lastSignalAt);
      lastSuccessAts.pushBigint(moved.lastSuccessAt);
      signalCounts.pushBigint(moved.signalCount);
      wakeAts.pushBigint(moved.wakeAt);
    },
    values: () => columns.map((column) => column.finish()),
  };
}

function moveValues(entries: readonly StateToSave[]): readonly Buffer[] {
  const columns = createMoveColumns();
  for (const { monitorId, state } of entries) columns.push(monitorId, state);
  return columns.values();
}

async function saveWhole(tx: Transaction, entries: readonly StateToSave[]): Promise<void> {
  if (entries.length === 0) return;
  const states = entries.map((entry) => entry.state);
  await tx.query(
    {
      name: 'save_states',
      text: `UPDATE monitor_state s SET status = v.status, pause_mode = v.pause_mode, pause_until = v.pause_until,
          ref_at = v.ref_at, expected_at = v.expected_at, expected_latest_at = v.expected_latest_at, due_at = v.due_at,
          excused = v.excused, fail_streak = v.fail_streak, last_signal_at = v.last_signal_at,
          last_success_at = v.last_success_at, signal_count = v.signal_count, incident_id = v.incident_id,
          incident_code = v.incident_code, incident_opened_at = v.incident_opened_at,
          incident_slot_from = v.incident_slot_from, good_durations_ms = v.good_durations_ms::bigint[],
          silence_told = v.silence_told, waiting_runs = v.waiting_runs, wake_at = v.wake_at, fault = NULL,
          status_since = v.status_since, incident_status_before = v.incident_status_before,
          incident_missed_slots = v.incident_missed_slots, incident_extended = v.incident_extended
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
          $8::bigint[], $9::boolean[], $10::integer[], $11::bigint[], $12::bigint[], $13::bigint[], $14::uuid[],
          $15::text[], $16::bigint[], $17::bigint[], $18::text[], $19::boolean[], $20::integer[], $21::bigint[], $22::bigint[],
          $23::text[], $24::integer[], $25::boolean[])
          AS v (monitor_id, status, pause_mode, pause_until, ref_at, expected_at, expected_latest_at, due_at, excused,
            fail_streak, last_signal_at, last_success_at, signal_count, incident_id, incident_code,
            incident_opened_at, incident_slot_from, good_durations_ms, silence_told, waiting_runs, wake_at, status_since,
            incident_status_before, incident_missed_slots, incident_extended)
        WHERE s.monitor_id = v.monitor_id`,
    },
    [
      wordArray(entries.map((entry) => entry.monitorId)),
      wordArray(states.map((state) => state.status)),
      wordArray(states.map((state) => state.pause?.mode ?? null)),
      numberArray(states.map((state) => (state.pause?.mode === 'until' ? state.pause.until : null))),
      numberArray(states.map((state) => state.refAt)),
      numberArray(states.map((state) => state.expectedAt)),
      numberArray(states.map((state) => state.expectedLatestAt)),
      numberArray(states.map((state) => state.dueAt)),
      booleanArray(states.map((state) => state.excused)),
      numberArray(states.map((state) => state.failStreak)),
      numberArray(states.map((state) => state.lastSignalAt)),
      numberArray(states.map((state) => state.lastSuccessAt)),
      numberArray(states.map((state) => state.signalCount)),
      wordArray(states.map((state) => state.incident?.id ?? null)),
      wordArray(states.map((state) => state.incident?.code ?? null)),
      numberArray(states.map((state) => state.incident?.openedAt ?? null)),
      numberArray(states.map((state) => state.incident?.slotFrom ?? null)),
      // An array of arrays has to be rectangular; as text each keeps its own length.
      textArray(states.map((state) => numberArray(state.goodDurationsMs))),
      booleanArray(states.map((state) => state.silenceTold)),
      numberArray(states.map((state) => state.runs.length)),
      numberArray(states.map((state) => state.wakeAt)),
      numberArray(states.map((state) => state.statusSince)),
      wordArray(states.map((state) => state.incident?.statusBefore ?? null)),
      numberArray(states.map((state) => state.incident?.missedSlots ?? 0)),
      booleanArray(states.map((state) => state.incident?.extended ?? false)),
    ],
  );
}

/** Makes the state row of a new monitor. */
export async function insertState(tx: Transaction, monitorId: string): Promise<void> {
  await tx.query({ name: 'insert_state', text: 'INSERT INTO monitor_state (monitor_id) VALUES ($1)' }, [monitorId]);
}

/** Judging this monitor failed: tried again at `retryAt`, shown until then, and in nobody's way. */
export async function markFault(db: Queryable, monitorId: string, fault: string, retryAt: Instant): Promise<void> {
  await db.query(
    {
      name: 'mark_fault',
      text: 'UPDATE monitor_state SET fault = $2, wake_at = $3 WHERE monitor_id = $1',
    },
    [monitorId, fault, retryAt],
  );
}

/** The definition changed: ping paths that know the old one notice by this number. */
export async function setStateVersion(tx: Transaction, monitorId: string, version: number): Promise<void> {
  await tx.query({ name: 'set_state_version', text: 'UPDATE monitor_state SET version = $2 WHERE monitor_id = $1' }, [
    monitorId,
    version,
  ]);
}
