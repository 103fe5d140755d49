import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { request } from './client.ts';
import type { Role, Team } from './types.ts';

const PAGE = 250;
/** Pages of a list that is shown as a whole. */
const MAX_PAGES = 10;
const AUDIT_PAGE = 50;

interface Paged {
  readonly next_cursor: string | null;
}

/** Everything of a short list, page by page. */
export async function readAll<P extends Paged, R>(
  path: string,
  rowsOf: (page: P) => readonly R[],
  signal: AbortSignal,
): Promise<readonly R[]> {
  const rows: R[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page: P = await request<P>('GET', path, { query: { limit: PAGE, cursor }, signal });
    rows.push(...rowsOf(page));
    if (page.next_cursor === null) break;
    cursor = page.next_cursor;
  }
  return rows;
}

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly two_factor: boolean;
  readonly joined_at: string;
}

export const membersQuery = queryOptions({
  queryKey: ['members'],
  queryFn: ({ signal }) =>
    readAll('/api/v1/members', (page: Paged & { readonly members: readonly Member[] }) => page.members, signal),
});

export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly invited_by: string;
  readonly created_at: string;
  readonly expires_at: string;
}

/** A new one: its link is in this answer only. */
export interface NewInvitation extends Invitation {
  readonly url: string;
  readonly mail: 'sent' | 'failed' | 'off';
}

export const invitationsQuery = queryOptions({
  queryKey: ['invitations'],
  queryFn: ({ signal }) =>
    readAll(
      '/api/v1/invitations',
      (page: Paged & { readonly invitations: readonly Invitation[] }) => page.invitations,
      signal,
    ),
});

export type Scope = 'read' | 'write';

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  readonly created_by: string | null;
  readonly created_at: string;
}

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: ({ signal }) =>
    readAll('/api/v1/keys', (page: Paged & { readonly keys: readonly ApiKey[] }) => page.keys, signal),
});

export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string };
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string | null; readonly name: string | null };
  readonly changes: Readonly<Record<string, { readonly before: unknown; readonly after: unknown }>>;
  readonly address: string | null;
}

interface AuditPage extends Paged {
  readonly entries: readonly AuditEntry[];
}

/** The audit log, newest first; `action` is a prefix such as `monitor`, empty for all. */
export const auditQuery = (action: string) =>
  infiniteQueryOptions({
    queryKey: ['audit', action],
    queryFn: ({ pageParam, signal }) =>
      request<AuditPage>('GET', '/api/v1/audit', { query: { limit: AUDIT_PAGE, action, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: next }) => next ?? undefined,
  });

/** The team with what only writers see. */
export interface OwnTeam extends Team {
  readonly ping_key?: string;
  /** The base for clients of other systems; null: it cannot be decrypted here. */
  readonly ping_url?: string;
  readonly drop_in_url?: string | null;
  /** How often an open incident that nobody took on is told again; null: never. */
  readonly reminder_every_seconds: number | null;
  readonly created_at: string;
}

const ROLE_ORDER: readonly Role[] = ['readonly', 'member', 'admin', 'owner'];

export const isAtLeast = (role: Role, least: Role): boolean => ROLE_ORDER.indexOf(role) >= ROLE_ORDER.indexOf(least);

/** The roles that somebody may give: owners all, admins all but owner. */
export const rolesGivenBy = (actor: Role): readonly Role[] =>
  ROLE_ORDER.filter((role) => actor === 'owner' || role !== 'owner').toReversed();
