import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Dialect as DialectName } from '../../config.ts';
import type { Instant } from '../../core/instant.ts';
import type { Team } from '../../store/teams.ts';
import type { Services } from '../services.ts';

/** What a request asks for, as far as it decides whose it is: without the base, in front of every framework. */
export interface Target {
  readonly method: string;
  /** Begins with a slash: `/jobs/backup/start`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Browsers want pages, clients do not. */
  readonly wantsHtml: boolean;
}

/** Who calls a dialect, and when the head of the request arrived. */
export interface Guest {
  readonly team: Team;
  readonly receivedAt: Instant;
  readonly address: string;
  /** As it was sent. Fastify does not see it: no body is refused for its type. */
  readonly contentType: string;
}

/** What goes wrong before a route is reached, or beneath it. `unavailable` is the database being away, or a fault of ours. */
export type Fault = 'not_found' | 'method_not_allowed' | 'too_large' | 'unreadable' | 'unavailable';

export interface FaultAnswer {
  readonly status: number;
  /** JSON where it is an object, else as it is. */
  readonly body: string | object;
}

export interface DialectContext {
  readonly services: Services;
  /** Whose request this is. Only inside the handlers of the dialect: whoever is not known never gets there. */
  guestOf(request: FastifyRequest): Guest;
}

/**
 * The HTTP interface of another system, as a thin translation to the same core: no state of its own. To add one: a file
 * beside this one and its line in registry.ts.
 */
export interface Dialect {
  readonly name: DialectName;
  /** Whether a request is for this dialect; of several the first in the registry gets it. */
  owns(target: Target): boolean;
  /** How this dialect says that something went wrong. */
  fault(fault: Fault): FaultAnswer;
  /**
   * Puts its routes, as its clients write them (`/jobs`), onto an instance of its own. Bodies arrive as a Buffer,
   * whatever their type; errors that a handler throws become the fault `unavailable`.
   */
  register(app: FastifyInstance, context: DialectContext): void;
}
