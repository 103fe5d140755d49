import { textsOf, type WireMessage } from './wire-reader.ts';

/** A commit of something that was written, as the wire shows it. */
export interface Commit {
  /** The names of the statements that wrote, in their order. */
  readonly statements: readonly string[];
}

/** What one connection is doing, read off its messages in both directions. */
export interface CommitCounter {
  /** A message of the client; answers the commit that the server is asked for by it, or null. */
  fromClient(message: WireMessage): Commit | null;
  /** A message of the server; answers the commit that it acknowledges, or null. */
  fromServer(message: WireMessage): Commit | null;
}

/** What is between two answers "ready for a query": a simple query, or an extended one up to its Sync. */
interface Unit {
  readonly writes: readonly string[];
  readonly command: 'BEGIN' | 'COMMIT' | 'ROLLBACK' | null;
}

const WRITES = /\b(INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|LOCK)\b/i;
/** They write a sign of life each second and nothing else: not worth dying for. */
const SIGNS_OF_LIFE = new Set(['mark_seen', 'mark_seen_unless_silent']);

/**
 * Counts commits that wrote something: a COMMIT behind statements that write, and every writing statement outside of
 * a transaction, which is a transaction of its own. Statements that only take locks (FOR UPDATE) write nothing.
 */
export function createCommitCounter(): CommitCounter {
  const textByName = new Map<string, string>();
  const units: Unit[] = [];
  let isInside = false;
  let open: string[] = [];
  /** Of the unit that is being sent. */
  let bound: string | null = null;
  let writes: string[] = [];
  /** Of the transaction whose answers are being read. */
  let answered: string[] = [];
  let isRolledBack = false;
  /** The unit whose answer is being read changed no row. */
  let isIdle = false;

  const sent = (unit: Unit): Commit | null => {
    units.push(unit);
    if (unit.command === 'BEGIN') {
      isInside = true;
      open = [];
      return null;
    }
    open = [...open, ...unit.writes];
    if (isInside && unit.command === null) return null;
    isInside = false;
    const statements = open;
    open = [];
    return unit.command === 'ROLLBACK' || statements.length === 0 ? null : { statements };
  };

  const writesOf = (name: string, text: string) => {
    const isWrite = WRITES.test(text.replaceAll(/FOR (NO KEY )?UPDATE/gi, ''));
    return isWrite && !SIGNS_OF_LIFE.has(name) ? [name === '' ? (text.split(/\s/)[0] ?? '') : name] : [];
  };

  const commandOf = (text: string): Unit['command'] => {
    const [word = ''] = text.trim().toUpperCase().split(/[\s;]/);
    return word === 'BEGIN' || word === 'COMMIT' || word === 'ROLLBACK' ? word : null;
  };

  return {
    fromClient(message) {
      if (message.type === 'Q') {
        const [text = ''] = textsOf(message, 1);
        const command = commandOf(text);
        return sent({ command, writes: command === null ? writesOf('', text) : [] });
      }
      if (message.type === 'P') {
        const [name = '', text = ''] = textsOf(message, 2);
        textByName.set(name, text);
      } else if (message.type === 'B') {
        bound = textsOf(message, 2)[1] ?? '';
      } else if (message.type === 'E' && bound !== null) {
        writes = [...writes, ...writesOf(bound, textByName.get(bound) ?? '')];
      } else if (message.type === 'S') {
        const unit = { command: null, writes };
        writes = [];
        bound = null;
        return sent(unit);
      }
      return null;
    },
    fromServer(message) {
      if (message.type === 'C') {
        const [tag = ''] = textsOf(message, 1);
        if (tag === 'ROLLBACK') isRolledBack = true;
        isIdle = / 0$/.test(tag);
      }
      if (message.type === 'E') isRolledBack = true;
      if (message.type !== 'Z') return null;
      // The first one follows the greeting, nothing was asked for yet.
      const unit = units.shift();
      if (unit === undefined) return null;
      if (!isIdle) answered = [...answered, ...unit.writes];
      isIdle = false;
      if (String.fromCharCode(message.bytes[message.bodyAt] ?? 0) !== 'I') return null;
      const statements = isRolledBack ? [] : answered;
      answered = [];
      isRolledBack = false;
      return statements.length === 0 ? null : { statements };
    },
  };
}
