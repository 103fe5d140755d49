import type { z } from 'zod';
import type { Role } from '../../core/roles.ts';
import type { AuditChanges } from '../../store/audit.ts';
import type { Streams } from '../live/streams.ts';
import type { Problem, ProblemCode } from '../problems.ts';
import type { Services } from '../services.ts';
import type { Caller, TeamAccess } from './caller.ts';
import type { KeyRing } from './keys-ring.ts';

/**
 * Who may call: anybody; any key of the team, or only one that may write (people by their role, see `role`); only people
 * in the name of a team; only people, each for themselves and whatever the team.
 */
export type RouteScope = 'open' | 'read' | 'write' | 'people' | 'self';

/** What the audit log is to say where the route's own declaration does not tell. */
export interface AuditNote {
  readonly targetId?: string;
  readonly targetName?: string;
  readonly changes?: AuditChanges;
}

/** What handlers may use: the services, the keys that are remembered for a moment, and the open event streams. */
export interface ApiContext extends Services {
  readonly keyRing: KeyRing;
  readonly streams: Streams;
}

type Schema = z.ZodType;
type Out<S> = S extends Schema ? z.output<S> : undefined;

export interface ApiRequest<P = unknown, Q = unknown, B = unknown> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** The team that the call is about, and whether it may change things and see secrets. */
  readonly key: TeamAccess;
  /** Whose call it is. */
  readonly caller: Caller;
  /** Where it came from. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Aborted when the caller went away. */
  readonly signal: AbortSignal;
}

/** An answer; `status` where it is not the route's usual one. */
export interface Answer<A = unknown> {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body: A;
  readonly audit?: AuditNote;
}

/** One call of the API: from this follow its registration, validation, key check and its place in OpenAPI. */
export interface RouteSpec<
  P extends Schema | undefined = Schema | undefined,
  Q extends Schema | undefined = Schema | undefined,
  B extends Schema | undefined = Schema | undefined,
  A extends Schema | undefined = Schema | undefined,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As OpenAPI writes it: `/api/v1/monitors/{id}`. */
  readonly path: string;
  readonly scope: RouteScope;
  /** The least role of a person; readonly for the scope `read`, member for `write`, readonly for `people`. */
  readonly role?: Role;
  /** How the audit log calls it; `monitor.pause` follows from the path. Null: it changes nothing that a team owns. */
  readonly audit?: { readonly action: string; readonly target: string } | null;
  /** The group it stands in on the documentation page. */
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** A body to begin with on the documentation page. */
  readonly example?: unknown;
  /** 200 unless said. */
  readonly status?: number;
  /** Further statuses that answer with the same body. */
  readonly alsoStatus?: Readonly<Record<number, string>>;
  /** What is answered; none: no body (204), or with `media` a body that is no JSON. */
  readonly answer?: A;
  readonly media?: string;
  /** Problems besides those that follow from the declaration itself. */
  readonly problems?: readonly ProblemCode[];
  handle(request: ApiRequest<Out<P>, Out<Q>, Out<B>>, context: ApiContext): Promise<Answer<AnswerBody<A>> | Problem>;
}

type AnswerBody<A> = A extends Schema ? z.input<A> : unknown;

export type Route = RouteSpec;

/** Declares a route; its handler's types follow from the schemas. */
export function route<
  P extends Schema | undefined = undefined,
  Q extends Schema | undefined = undefined,
  B extends Schema | undefined = undefined,
  A extends Schema | undefined = undefined,
>(spec: RouteSpec<P, Q, B, A>): Route {
  return spec as unknown as Route;
}
