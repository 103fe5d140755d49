import { isDeepStrictEqual } from 'node:util';
import { type AuditChanges, type AuditEntry, completeAudit, insertAudit, withdrawAudit } from '../../store/audit.ts';
import type { Database, Transaction } from '../../store/database.ts';
import { Problem } from '../problems.ts';
import { callerName } from './caller.ts';
import type { Answer, ApiContext, ApiRequest, AuditNote, Route } from './route.ts';

/** What follows by itself from a change, or from time. */
const VOLATILE = /^(updated_at|seen_at|next_.*|last_.*|expected_.*|running|late|signal_count|uptime.*|status_since)$/;
const SECRET = /secret|password|token|authorization|^key$|ping_key|_url$/i;
/** Longer values are cut: the log tells what was changed, it is no copy of it. */
const MAX_VALUE_CHARACTERS = 500;
const MAX_NAME_CHARACTERS = 200;
const MAX_CHANGED_FIELDS = 50;

/** `monitors` → `monitor`, `telegram-links` → `telegram_link`. */
function singular(word: string): string {
  return word.replaceAll('-', '_').replace(/ies$/, 'y').replace(/s$/, '');
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PATCH: 'update', PUT: 'update', DELETE: 'delete' };

/** How the log calls a route: `monitor.pause`, `channel.create`; null for one that changes nothing. */
export function auditRule(route: Route): { readonly action: string; readonly target: string } | null {
  if (route.audit !== undefined) return route.audit;
  if (route.method === 'GET' || (route.scope !== 'write' && route.scope !== 'people')) return null;
  const [resource = '', ...rest] = route.path.replace(/^\/api\/v\d+\//, '').split('/');
  const target = singular(resource);
  const verb = rest.filter((part) => !part.startsWith('{')).join('_');
  const action = verb === '' ? (VERBS[route.method] ?? 'change') : verb.replaceAll('-', '_');
  return { action: `${target}.${action}`, target };
}

/** The route that shows what this one changes: the longest GET whose path begins this one's. */
export function readerOf(route: Route, routes: readonly Route[]): Route | null {
  const parts = route.path.split('/');
  const isBefore = (reader: Route) => reader.path.split('/').every((part, index) => part === parts[index]);
  const needsTarget = route.path.includes('{id}');
  const [longest] = routes
    .filter((reader) => reader.method === 'GET' && reader.answer !== undefined && reader.query === undefined)
    .filter((reader) => isBefore(reader) && reader.path.includes('{id}') === needsTarget)
    .sort((a, b) => b.path.length - a.path.length);
  return longest ?? null;
}

type View = Readonly<Record<string, unknown>>;

/** The thing as a key that may only read would see it: there are no secrets in it. */
async function look(reader: Route | null, request: ApiRequest, context: ApiContext): Promise<View | null> {
  if (reader === null) return null;
  const params = reader.params === undefined ? undefined : request.params;
  const answer = await reader.handle(
    { ...request, params, query: undefined, body: undefined, key: { ...request.key, scope: 'read' } },
    context,
  );
  return answer instanceof Problem ? null : (answer.body as View);
}

function shown(name: string, value: unknown): unknown {
  if (value === undefined) return null;
  if (SECRET.test(name)) return '***';
  const text = JSON.stringify(value);
  return text.length <= MAX_VALUE_CHARACTERS ? value : `${text.slice(0, MAX_VALUE_CHARACTERS - 1)}…`.toWellFormed();
}

/** The fields that differ; nothing where one side is missing. */
export function changesBetween(before: View | null, after: View | null): AuditChanges {
  if (before === null || after === null) return {};
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => !VOLATILE.test(name) && !isDeepStrictEqual(before[name], after[name]))
    .slice(0, MAX_CHANGED_FIELDS);
  return Object.fromEntries(
    names.map((name) => [name, { before: shown(name, before[name]), after: shown(name, after[name]) }]),
  );
}

function nameOf(...views: readonly unknown[]): string | null {
  for (const view of views) {
    if (typeof view !== 'object' || view === null) continue;
    const { name, title, email } = view as View;
    const found = [name, title, email].find((one) => typeof one === 'string' && one !== '');
    if (found !== undefined) return String(found).slice(0, MAX_NAME_CHARACTERS).toWellFormed();
  }
  return null;
}

function idOf(view: unknown): string | null {
  const id = typeof view === 'object' && view !== null ? (view as View).id : undefined;
  return typeof id === 'string' ? id : null;
}

/** A database whose next transaction also writes `entry`: the change and its note are there together or not at all. */
function noting(database: Database, entry: AuditEntry) {
  let isWritten = false;
  const transaction = async <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => {
    if (isWritten) return database.transaction(work);
    const result = await database.transaction(async (tx) => {
      const done = await work(tx);
      await insertAudit(tx, entry);
      return done;
    });
    isWritten = true;
    return result;
  };
  return {
    database: { ...database, transaction },
    isWritten: () => isWritten,
  };
}

/**
 * Runs a route's handler and notes what it changed: who, what, when, from where, and which fields. The entry is written
 * in the handler's own transaction, and completed when the answer is known; where the handler uses none it is written
 * right after. A refusal leaves no entry.
 */
export async function handleNoted(
  route: Route,
  request: ApiRequest,
  context: ApiContext,
  routes: readonly Route[],
): Promise<Answer | Problem> {
  const rule = auditRule(route);
  const { caller, key } = request;
  if (rule === null || caller.type === 'nobody' || key.teamId === '') return route.handle(request, context);
  const reader = readerOf(route, routes);
  const before = await look(reader, request, context);
  const params = (request.params ?? {}) as { readonly id?: string; readonly kind?: string };
  const entry: AuditEntry = {
    id: context.newId(),
    teamId: key.teamId,
    at: context.clock.now(),
    actorKind: caller.type,
    actorId: caller.type === 'key' ? caller.key.id : caller.person.user.id,
    actorName: callerName(caller).slice(0, MAX_NAME_CHARACTERS),
    action: rule.action,
    targetKind: rule.target,
    targetId: params.id ?? null,
    targetName: nameOf(before) ?? params.kind ?? null,
    changes: {},
    address: request.address,
  };
  const noted = noting(context.database, entry);
  const answer = await route.handle(request, { ...context, database: noted.database });
  if (answer instanceof Problem) {
    if (noted.isWritten()) await withdrawAudit(context.database, entry.id);
    return answer;
  }
  const whole = { ...entry, ...(await detailsOf(entry, answer, before, reader, request, context)) };
  if (noted.isWritten()) await completeAudit(context.database, whole);
  else await insertAudit(context.database, whole);
  return answer;
}

async function detailsOf(
  entry: AuditEntry,
  answer: Answer,
  before: View | null,
  reader: Route | null,
  request: ApiRequest,
  context: ApiContext,
): Promise<Pick<AuditEntry, 'targetId' | 'targetName' | 'changes'>> {
  const note: AuditNote = answer.audit ?? {};
  const after = before === null ? null : await look(reader, request, context);
  return {
    targetId: note.targetId ?? entry.targetId ?? idOf(answer.body),
    targetName: note.targetName ?? nameOf(after, answer.body, before, request.body) ?? entry.targetName,
    changes: note.changes ?? changesBetween(before, after),
  };
}
