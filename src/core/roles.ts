/** What a person may do in a team, from least to most. */
export const ROLES = ['readonly', 'member', 'admin', 'owner'] as const;
export type Role = (typeof ROLES)[number];

/** Whether `role` may do all that `least` may. */
export function isAtLeast(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/**
 * Whether somebody with the role `actor` may turn a member's role from `from` into `to`; null: not a member before, or
 * not one after. Admins manage everybody but owners; owners are made and unmade by owners alone.
 */
export function mayChangeRole(actor: Role, from: Role | null, to: Role | null): boolean {
  if (!isAtLeast(actor, 'admin')) return false;
  return actor === 'owner' || (from !== 'owner' && to !== 'owner');
}
