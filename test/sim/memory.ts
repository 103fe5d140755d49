import type { Database, Queryable, Row, Statement, Transaction } from '../../src/store/database.ts';
import { readNextWork } from './queries.ts';

/**
 * What is known of the database without asking it. Whatever writes to it goes through here, so the same question has
 * the same answer until something is written: a loop that comes round and finds nothing costs no round trip, and comes
 * round all the same.
 */
export interface Memory {
  /** The database with its answers remembered. What is written through any of these makes all of them forget. */
  over(database: Database): Database;
  /** Server time before which the product has nothing to do; asked of the database only where it is not known. */
  nextDue(database: Database, now: number): Promise<number>;
}

/** A deadline is judged so long after it. */
const JUDGE_AFTER_MS = 250;
/** So often what is known is compared with what is there: a memory that is wrong would hide what it skips. */
const CHECK_EVERY = 50;
/** Asked by the loops of the product again and again (store/due-work.ts). */
const DUE_TIMES = 'read_due_times';
/** What these write says nothing of what is due. */
const NEUTRAL = new Set([
  'mark_seen',
  'mark_seen_unless_silent',
  'sim_shift',
  'insert_signals',
  'save_runs',
  'claim_idempotency_keys',
]);
const LOCKS = /FOR (NO KEY )?UPDATE/g;
const WRITES = /\b(INSERT|UPDATE|DELETE|MERGE|TRUNCATE)\b/;
/** A statement that gives states of monitors their next wake times, as one of its columns. */
const WRITES_STATES = /UPDATE monitor_state s SET.*unnest\(\$1.*AS v \(([^)]*)\)/s;

/** A statement that gives states of monitors their next wake times: in which parameters whose, and which. */
interface Moves {
  readonly idsIn: number;
  readonly wakesIn: number;
}
/** What a statement means for what is due. */
type Meaning = 'nothing' | 'anything' | Moves;

function meaningOf({ name, text }: Statement): Meaning {
  if (NEUTRAL.has(name) || !WRITES.test(text.replaceAll(LOCKS, ''))) return 'nothing';
  const columns = WRITES_STATES.exec(text)?.[1]?.split(/,\s*/) ?? [];
  const [idsIn, wakesIn] = [columns.indexOf('monitor_id'), columns.indexOf('wake_at')];
  return idsIn < 0 || wakesIn < 0 ? 'anything' : { idsIn, wakesIn };
}

/** The items of an array parameter, as text: of `{1,NULL,3}`, or in the binary form (store/binary-array.ts). */
function itemsOf(array: unknown): string[] {
  if (!Buffer.isBuffer(array)) return String(array).slice(1, -1).split(',');
  const items: string[] = [];
  for (let at = BINARY_HEADER; at < array.length; ) {
    const length = array.readInt32BE(at);
    at += 4;
    if (length < 0) items.push('NULL');
    else if (length === UUID_BYTES) items.push(uuidOf(array.toString('hex', at, at + length)));
    else items.push(String(array.readBigInt64BE(at)));
    at += Math.max(0, length);
  }
  return items;
}

const BINARY_HEADER = 20;
const UUID_BYTES = 16;
const uuidOf = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** When each of these monitors wakes now; null: never. */
type Wakes = (readonly [monitorId: string, at: number | null])[];

function wakesOf({ idsIn, wakesIn }: Moves, values: readonly unknown[]): Wakes {
  const wakes = itemsOf(values[wakesIn]);
  return itemsOf(values[idsIn]).map((id, index) => {
    const at = Number(wakes[index]);
    return [id.replaceAll('"', ''), Number.isNaN(at) ? null : at] as const;
  });
}

/** Statements that ask more than once whether they won: rows that they lost were written by somebody else. */
const hasLost = (rows: readonly Row[]) => rows.some(({ lost }) => Array.isArray(lost) && lost.length > 0);

interface Work {
  readonly wakes: Map<string, number>;
  readonly elseAt: number;
}

const earliest = ({ wakes, elseAt }: Work) => Math.min(elseAt, ...wakes.values().map((at) => at + JUDGE_AFTER_MS));

export function createMemory(): Memory {
  /** Counts everything that may have changed what is due. */
  let version = 0;
  let dueTimes: { readonly version: number; readonly row: Row; readonly until: number } | null = null;
  /** What there is to do next, kept in step with what is written; null: not known. */
  let work: Work | null = null;
  const meanings = new Map<string, Meaning>();
  let questions = 0;

  const meaning = (statement: Statement): Meaning => {
    const known = meanings.get(statement.name) ?? meaningOf(statement);
    meanings.set(statement.name, known);
    return known;
  };
  const forget = () => {
    version += 1;
    work = null;
  };
  const move = (wakes: Wakes) => {
    version += 1;
    for (const [id, at] of wakes) {
      if (at === null) work?.wakes.delete(id);
      else work?.wakes.set(id, at);
    }
  };

  const askDueTimes = async (to: Queryable, statement: Statement, now: number): Promise<Row[]> => {
    if (dueTimes !== null && dueTimes.version === version && now < dueTimes.until) return [dueTimes.row];
    const asked = version;
    const [row] = await to.query(statement, [now]);
    if (row === undefined) return [];
    // The times that are to come depend on which are past.
    const until = Math.min(
      ...Object.values(row).flatMap((at) => (at === null || Number(at) <= now ? [] : [Number(at)])),
    );
    if (asked === version) dueTimes = { version, row, until };
    return [row];
  };

  /** One statement that is a transaction of its own. */
  const alone = async <R extends Row>(to: Database, statement: Statement, values: readonly unknown[]): Promise<R[]> => {
    const means = meaning(statement);
    if (means === 'nothing') return to.query<R>(statement, values);
    try {
      if (means === 'anything') return await to.query<R>(statement, values);
      const rows = await to.query<R>(statement, values);
      if (!hasLost(rows)) {
        move(wakesOf(means, values));
        return rows;
      }
      forget();
      return rows;
    } catch (error) {
      forget();
      throw error;
    } finally {
      if (means === 'anything') forget();
    }
  };

  const together = async <T>(to: Database, work: (tx: Transaction) => Promise<T>): Promise<T> => {
    const wakes: Wakes = [];
    let mayBeAnything = false;
    try {
      const result = await to.transaction((tx) =>
        work({
          ...tx,
          query(statement, values = []) {
            const means = meaning(statement);
            if (means === 'anything') mayBeAnything = true;
            else if (means !== 'nothing') wakes.push(...wakesOf(means, values));
            return tx.query(statement, values);
          },
        }),
      );
      if (mayBeAnything) forget();
      else if (wakes.length > 0) move(wakes);
      return result;
    } catch (error) {
      forget();
      throw error;
    }
  };

  return {
    over: (database) => ({
      ...database,
      query: async <R extends Row>(statement: Statement, values: readonly unknown[] = []) =>
        statement.name === DUE_TIMES
          ? ((await askDueTimes(database, statement, Number(values[0]))) as R[])
          : alone<R>(database, statement, values),
      transaction: (work) => together(database, work),
    }),
    async nextDue(database, now) {
      const known = work;
      questions += 1;
      if (known !== null && known.elseAt > now && questions % CHECK_EVERY !== 0) return earliest(known);
      const asked = version;
      const { wakes, elseAt } = await readNextWork(database, now);
      const read = { wakes: new Map(wakes), elseAt };
      if (known !== null && known === work && known.elseAt > now && earliest(known) > earliest(read)) {
        throw new Error(`something is due at ${earliest(read)}, and nothing was known of it before ${earliest(known)}`);
      }
      work = asked === version ? read : null;
      return earliest(read);
    },
  };
}
