import type { Instant } from '../core/instant.ts';
import type { NotCountedReason, PingKind } from '../core/signal.ts';
import type { Queryable, Transaction } from './database.ts';
import { bytesArray, numberArray, textArray, unnestOf, wordArray } from './sql-array.ts';

export interface SignalToSave {
  readonly monitorId: string;
  readonly n: number;
  readonly receivedAt: Instant;
  readonly at: Instant;
  readonly kind: PingKind;
  readonly notCounted: NotCountedReason | null;
  readonly exitStatus: number | null;
  readonly runId: string | null;
  readonly method: string;
  readonly remoteAddr: string;
  readonly userAgent: string;
  readonly bodySize: number;
  readonly body: Buffer | null;
}

/** Appends to the signal log, one statement for all. */
export async function insertSignals(tx: Transaction, signals: readonly SignalToSave[]): Promise<void> {
  if (signals.length === 0) return;
  await tx.query({ name: 'insert_signals', text: insertSignalsSql(1) }, signalValues(signals));
}

const SIGNAL_TYPES = [
  'uuid',
  'bigint',
  'bigint',
  'bigint',
  'text',
  'text',
  'integer',
  'text',
  'text',
  'text',
  'text',
  'integer',
  'bytea',
];

/** The insertion of signals whose parameters (`signalValues`) begin at number `first`. */
export function insertSignalsSql(first: number): string {
  return `INSERT INTO signal (monitor_id, n, received_at, at, kind, not_counted, exit_status, run_id, method,
      remote_addr, user_agent, body_size, body) SELECT * FROM ${unnestOf(SIGNAL_TYPES, first)}`;
}

export function signalValues(signals: readonly SignalToSave[]): string[] {
  return [
    wordArray(signals.map((signal) => signal.monitorId)),
    numberArray(signals.map((signal) => signal.n)),
    numberArray(signals.map((signal) => signal.receivedAt)),
    numberArray(signals.map((signal) => signal.at)),
    wordArray(signals.map((signal) => signal.kind)),
    wordArray(signals.map((signal) => signal.notCounted)),
    numberArray(signals.map((signal) => signal.exitStatus)),
    textArray(signals.map((signal) => signal.runId)),
    textArray(signals.map((signal) => signal.method)),
    textArray(signals.map((signal) => signal.remoteAddr)),
    textArray(signals.map((signal) => signal.userAgent)),
    numberArray(signals.map((signal) => signal.bodySize)),
    bytesArray(signals.map((signal) => signal.body)),
  ];
}

/**
 * Remembers the idempotency keys of a batch and answers which of them were new, as `monitorId key`. A key that was
 * seen less than a day ago is not new.
 */
export async function claimIdempotencyKeys(
  tx: Transaction,
  claims: readonly { readonly monitorId: string; readonly key: string }[],
  now: Instant,
  forgetBefore: Instant,
): Promise<Set<string>> {
  const rows = await tx.query<{ monitor_id: string; key: string }>(
    {
      name: 'claim_idempotency_keys',
      text: `INSERT INTO idempotency AS known (monitor_id, key, at)
        SELECT DISTINCT ON (1, 2) monitor_id, key, $3::bigint FROM unnest($1::uuid[], $2::text[]) AS v (monitor_id, key)
        ORDER BY 1, 2
        ON CONFLICT (monitor_id, key) DO UPDATE SET at = excluded.at WHERE known.at < $4
        RETURNING monitor_id, key`,
    },
    [wordArray(claims.map((claim) => claim.monitorId)), textArray(claims.map((claim) => claim.key)), now, forgetBefore],
  );
  return new Set(rows.map((row) => `${row.monitor_id} ${row.key}`));
}

export async function forgetIdempotencyKeys(db: Queryable, before: Instant, limit: number): Promise<number> {
  const rows = await db.query(
    {
      name: 'forget_idempotency_keys',
      text: `DELETE FROM idempotency WHERE (monitor_id, key) IN
        (SELECT monitor_id, key FROM idempotency WHERE at < $1 LIMIT $2) RETURNING key`,
    },
    [before, limit],
  );
  return rows.length;
}
