import type { FastifyReply } from 'fastify';
import { type Problem, problemJson } from './problems.ts';

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Headers of every answer that is not meant to be kept. */
export function standardHeaders() {
  return { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
}

/** Answers with an expected error. */
export function sendProblem(
  reply: FastifyReply,
  problem: Problem,
  context: { readonly publicUrl: string },
): FastifyReply {
  return reply
    .code(problem.status)
    .headers({ ...standardHeaders(), ...problem.headers })
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problemJson(problem, `${context.publicUrl}/docs/errors`)));
}
