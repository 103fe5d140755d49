import { z } from 'zod';
import { AUDIT_ACTORS, type AuditEntry, listAudit } from '../../store/audit.ts';
import { Problem } from '../problems.ts';
import { cut, id, instant, iso, named, paging, readIdCursor } from './common.ts';
import { type Route, route } from './route.ts';

const tag = 'Audit log';

const auditAnswer = named(
  'AuditEntry',
  z.strictObject({
    id,
    at: instant,
    actor: z.strictObject({
      kind: z.enum(AUDIT_ACTORS).meta({ description: '`operator`: by the command line, on the server itself.' }),
      id: z.string(),
      name: z.string().meta({ description: 'As it was then.' }),
    }),
    action: z.string().meta({ examples: ['monitor.update'] }),
    target: z.strictObject({ kind: z.string(), id: z.string().nullable(), name: z.string().nullable() }),
    changes: z
      .record(z.string(), z.strictObject({ before: z.unknown(), after: z.unknown() }))
      .meta({ description: 'The fields that changed. Secrets are not in it.' }),
    address: z.string().nullable(),
  }),
);

function auditJson(entry: AuditEntry) {
  return {
    id: entry.id,
    at: iso(entry.at),
    actor: { kind: entry.actorKind, id: entry.actorId, name: entry.actorName },
    action: entry.action,
    target: { kind: entry.targetKind, id: entry.targetId, name: entry.targetName },
    changes: entry.changes,
    address: entry.address,
  };
}

const list = route({
  method: 'GET',
  path: '/api/v1/audit',
  scope: 'write',
  role: 'admin',
  tag,
  summary: 'List who changed what',
  description: 'The newest first. Entries are kept for two years.',
  query: z.strictObject({
    action: z
      .string()
      .regex(/^[a-z_]{1,40}(\.[a-z_]{1,40})?$/)
      .optional()
      .meta({ description: '`monitor.pause`, or `monitor` for all that was done to monitors.' }),
    actor: z.string().max(100).optional().meta({ description: 'Id of a person or a key.' }),
    target: z.string().max(100).optional().meta({ description: 'Id of what was changed.' }),
    ...paging,
  }),
  answer: named('AuditPage', z.strictObject({ entries: z.array(auditAnswer), next_cursor: z.string().nullable() })),
  async handle({ query, key }, { database }) {
    const beforeId = readIdCursor(query.cursor);
    if (beforeId instanceof Problem) return beforeId;
    const filter = { action: query.action, actorId: query.actor, targetId: query.target, beforeId };
    const found = await listAudit(database, key.teamId, filter, query.limit + 1);
    const { rows, nextCursor } = cut(found, query.limit, (entry) => entry.id);
    return { body: { entries: rows.map(auditJson), next_cursor: nextCursor } };
  },
});

export const auditRoutes: readonly Route[] = [list];
