import type { Instant } from '../core/instant.ts';
import type { NotCountedReason, PingKind } from '../core/signal.ts';
import { type ArrayType, BinaryArray } from './binary-array.ts';
import type { Queryable, Transaction } from './database.ts';
import { textArray, unnestOf, wordArray } from './sql-array.ts';

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
] as const satisfies readonly ArrayType[];

/** The insertion of signals whose parameters (`SignalColumns`) begin at number `first`. */
export function insertSignalsSql(first: number): string {
  return `INSERT INTO signal (monitor_id, n, received_at, at, kind, not_counted, exit_status, run_id, method,
      remote_addr, user_agent, body_size, body) SELECT * FROM ${unnestOf(SIGNAL_TYPES, first)}`;
}

/** Signals as parameters of an insertion, column by column. */
export interface SignalColumns {
  push(signal: SignalToSave): void;
  /** The parameters; nothing may be pushed any more. */
  values(): readonly Buffer[];
}

export function createSignalColumns(): SignalColumns {
  const of = (type: ArrayType) => new BinaryArray(type);
  const [monitorIds, ns, receivedAts, ats] = [of('uuid'), of('bigint'), of('bigint'), of('bigint')];
  const [kinds, notCounteds, exitStatuses, runIds] = [of('text'), of('text'), of('integer'), of('text')];
  const [methods, remoteAddrs, userAgents] = [of('text'), of('text'), of('text')];
  const [bodySizes, bodies] = [of('integer'), of('bytea')];
  // In the order of SIGNAL_TYPES.
  const first = [monitorIds, ns, receivedAts, ats, kinds, notCounteds, exitStatuses, runIds];
  const columns = [...first, methods, remoteAddrs, userAgents, bodySizes, bodies];
  return {
    push(signal) {
      monitorIds.pushUuid(signal.monitorId);
      ns.pushBigint(signal.n);
      receivedAts.pushBigint(signal.receivedAt);
      ats.pushBigint(signal.at);
      kinds.pushText(signal.kind);
      notCounteds.pushText(signal.notCounted);
      exitStatuses.pushInteger(signal.exitStatus);
      runIds.pushText(signal.runId);
      methods.pushText(signal.method);
      remoteAddrs.pushText(signal.remoteAddr);
      userAgents.pushText(signal.userAgent);
      bodySizes.pushInteger(signal.bodySize);
      bodies.pushBytes(signal.body);
    },
    values: () => columns.map((column) => column.finish()),
  };
}

export function signalValues(signals: readonly SignalToSave[]): readonly Buffer[] {
  const columns = createSignalColumns();
  for (const signal of signals) columns.push(signal);
  return columns.values();
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
