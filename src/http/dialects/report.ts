import type { FastifyRequest } from 'fastify';
import type { PingKind } from '../../core/signal.ts';
import type { Ping, PingAnswer } from '../../watch/ping.ts';
import { KEPT_BODY_BYTES } from '../ping/body.ts';
import type { Services } from '../services.ts';
import type { Guest } from './dialect.ts';

const MAX_USER_AGENT = 200;

/** What a client said of its job, on its way to the disk like every ping: `stored` means that it is there. */
export async function report(
  { ingest }: Pick<Services, 'ingest'>,
  request: FastifyRequest,
  guest: Guest,
  pingKey: string,
  kind: PingKind,
): Promise<PingAnswer['result']> {
  const body = Buffer.isBuffer(request.body) && request.body.length > 0 ? request.body : null;
  const ping: Ping = {
    key: pingKey,
    name: null,
    kind,
    receivedAt: guest.receivedAt,
    reportedAt: null,
    runId: null,
    exitStatus: null,
    idempotencyKey: null,
    method: request.method,
    remoteAddr: guest.address,
    userAgent: (request.headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT),
    body: body?.subarray(0, KEPT_BODY_BYTES) ?? null,
    bodySize: body?.length ?? 0,
  };
  return (await ingest.accept(ping)).result;
}
