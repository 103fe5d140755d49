import type { FastifyReply } from 'fastify';
import { standardHeaders } from '../problem-answer.ts';
import type { Dialect, Fault } from './dialect.ts';

const RETRY_AFTER_SECONDS = 5;

/** Answers JSON as these systems do. */
export function sendJson(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return reply.code(status).headers(standardHeaders()).type('application/json').send(JSON.stringify(body));
}

/** Answers a fault in the dialect's own form. */
export function sendFault(reply: FastifyReply, dialect: Pick<Dialect, 'fault'>, fault: Fault): FastifyReply {
  const { status, body } = dialect.fault(fault);
  if (status === 503) reply.header('retry-after', String(RETRY_AFTER_SECONDS));
  // The rest of the body was not read.
  if (fault === 'too_large') reply.header('connection', 'close');
  if (typeof body !== 'string') return sendJson(reply, status, body);
  return reply.code(status).headers(standardHeaders()).type('text/plain; charset=utf-8').send(body);
}
