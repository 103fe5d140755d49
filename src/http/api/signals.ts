import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { PING_KINDS } from '../../core/signal.ts';
import { hasMonitor } from '../../store/monitors.ts';
import { listSignals, readSignalBody, type SignalRow } from '../../store/signal-log.ts';
import { Problem } from '../problems.ts';
import { cut, id, idParams, instant, iso, named, notFound, paging, readNumberCursor } from './common.ts';
import { type Route, route } from './route.ts';

const tag = 'Monitors';

export const signalAnswer = named(
  'Signal',
  z.strictObject({
    n: z.int().meta({ description: 'Its number: 1 is the first signal of the monitor.' }),
    at: instant.meta({ description: 'When it arrived; of a late report, when the job says it happened.' }),
    kind: z.enum(PING_KINDS),
    counted: z.boolean().meta({ description: 'False: stored, and without any effect; `reason` says why.' }),
    reason: z.enum(['paused', 'repeated', 'overtaken', 'outdated']).nullable(),
    exit_status: z.int().nullable(),
    run_id: z.string().nullable(),
    method: z.string().nullable(),
    remote_addr: z.string().nullable(),
    user_agent: z.string().nullable(),
    body_size: z.int().meta({ description: 'Bytes as sent; of a longer body the first 100 kB are kept.' }),
  }),
);

export function signalJson(row: SignalRow): z.input<typeof signalAnswer> {
  return {
    n: row.n,
    at: iso(row.at),
    kind: row.kind,
    counted: row.not_counted === null,
    reason: row.not_counted,
    exit_status: row.exit_status,
    run_id: row.run_id,
    method: row.method,
    remote_addr: row.remote_addr,
    user_agent: row.user_agent,
    body_size: row.body_size,
  };
}

const list = route({
  method: 'GET',
  path: '/api/v1/monitors/{id}/signals',
  scope: 'read',
  tag,
  summary: 'List the signals of a monitor',
  description: 'Newest first. Signals are kept for as long as the install is told to (90 days).',
  params: idParams,
  query: z.strictObject({ kind: z.enum(PING_KINDS).optional(), counted: z.boolean().optional(), ...paging }),
  answer: named('SignalPage', z.strictObject({ signals: z.array(signalAnswer), next_cursor: z.string().nullable() })),
  problems: ['not_found'],
  async handle({ params, query, key }, { database }) {
    const { kind, counted, limit, cursor } = query;
    const beforeN = readNumberCursor(cursor);
    if (beforeN instanceof Problem) return beforeN;
    if (!(await hasMonitor(database, key.teamId, params.id))) return notFound('monitor');
    const found = await listSignals(database, params.id, { kind, counted, beforeN }, limit + 1);
    const { rows, nextCursor } = cut(found, limit, (row) => row.n);
    return { body: { signals: rows.map(signalJson), next_cursor: nextCursor } };
  },
});

/** A body is somebody else's: it is shown as text or saved, never run. */
const BODY_HEADERS = { 'content-security-policy': "default-src 'none'; sandbox" };

/** In a path, so it comes as text. */
const signalNumber = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'must be the number of a signal: its `n` in the list of signals, from 1 on')
  .meta({ examples: ['1'] })
  .transform(Number);

const body = route({
  method: 'GET',
  path: '/api/v1/monitors/{id}/signals/{n}/body',
  scope: 'read',
  tag,
  summary: 'Read the body of a signal',
  description: 'The bytes as they came, as text where they are UTF-8.',
  params: z.strictObject({ id, n: signalNumber }),
  media: 'application/octet-stream',
  problems: ['not_found'],
  async handle({ params, key }, { database }) {
    if (!(await hasMonitor(database, key.teamId, params.id))) return notFound('monitor');
    const bytes = await readSignalBody(database, params.id, params.n);
    if (bytes === undefined) return new Problem('not_found', 'this monitor has no signal with this number');
    if (bytes === null) return new Problem('not_found', 'this signal came without a body');
    const isText = isUtf8(bytes) && !bytes.includes(0);
    return {
      body: bytes,
      headers: {
        ...BODY_HEADERS,
        'content-type': isText ? 'text/plain; charset=utf-8' : 'application/octet-stream',
        'content-disposition': `attachment; filename="signal-${params.n}.${isText ? 'txt' : 'bin'}"`,
      },
    };
  },
});

export const signalRoutes: readonly Route[] = [list, body];
