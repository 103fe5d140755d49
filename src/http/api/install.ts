import { z } from 'zod';
import { DAY_MS } from '../../core/instant.ts';
import { listGaps } from '../../store/gaps.ts';
import { listNodes, NODE_ROLES } from '../../store/nodes.ts';
import { MIN_GAP_MS } from '../../watch/life.ts';
import { Problem } from '../problems.ts';
import {
  cut,
  id,
  instant,
  iso,
  isoOrNull,
  maybeInstant,
  named,
  paging,
  readIdCursor,
  secondsBetween,
} from './common.ts';
import { type Route, route } from './route.ts';

const tag = 'Install';
/** Nodes that were not seen for this long are not listed any more. */
const NODES_SEEN_WITHIN_MS = 7 * DAY_MS;

const gaps = route({
  method: 'GET',
  path: '/api/v1/gaps',
  scope: 'read',
  tag,
  summary: 'List the times when we were not looking',
  description:
    '`ingest`: pings could not be taken. `watch`: nobody judged deadlines; nothing was excused, it was found late. `clock`: the clock of the database jumped.',
  query: z.strictObject({ ...paging }),
  answer: named(
    'GapPage',
    z.strictObject({
      gaps: z.array(
        z.strictObject({
          id,
          kind: z.enum(['ingest', 'watch', 'clock']),
          from: instant,
          to: instant,
          duration_seconds: z.number(),
          reason: z.string(),
        }),
      ),
      next_cursor: z.string().nullable(),
    }),
  ),
  async handle({ query }, { database }) {
    const beforeId = readIdCursor(query.cursor);
    if (beforeId instanceof Problem) return beforeId;
    const { rows, nextCursor } = cut(
      await listGaps(database, beforeId ?? null, query.limit + 1),
      query.limit,
      (gap) => gap.id,
    );
    const shown = rows.map(({ id, kind, from, to, reason }) => ({
      id,
      kind,
      from: iso(from),
      to: iso(to),
      duration_seconds: secondsBetween(from, to) ?? 0,
      reason,
    }));
    return { body: { gaps: shown, next_cursor: nextCursor } };
  },
});

const nodes = route({
  method: 'GET',
  path: '/api/v1/nodes',
  scope: 'read',
  tag,
  summary: 'List the nodes of this install',
  description: 'Those seen within the last 7 days, at most 100.',
  answer: named(
    'NodeList',
    z.strictObject({
      nodes: z.array(
        z.strictObject({
          id,
          host: z.string(),
          pid: z.int(),
          roles: z.array(z.enum(NODE_ROLES)),
          alive: z.boolean(),
          started_at: instant,
          seen_at: instant,
          stopped_at: maybeInstant,
        }),
      ),
    }),
  ),
  async handle(_request, { database, clock }) {
    const now = clock.now();
    const found = await listNodes(database, now - NODES_SEEN_WITHIN_MS);
    const shown = found.map((node) => ({
      id: node.id,
      host: node.host,
      pid: node.pid,
      roles: [...node.roles],
      alive: node.stoppedAt === null && now - node.seenAt < MIN_GAP_MS,
      started_at: iso(node.startedAt),
      seen_at: iso(node.seenAt),
      stopped_at: isoOrNull(node.stoppedAt),
    }));
    return { body: { nodes: shown } };
  },
});

export const installRoutes: readonly Route[] = [gaps, nodes];
