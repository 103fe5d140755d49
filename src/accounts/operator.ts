import { createHash } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import { type Random, randomBase62 } from '../platform/random.ts';
import { insertAudit } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { listMemberships } from '../store/members.ts';
import { insertVerification } from '../store/sessions.ts';
import { findUserByEmail } from '../store/users.ts';
import { RESET_LINK_MS } from './identity.ts';

const TOKEN_LENGTH = 43;
const MAX_TEAMS = 50;

export interface OperatorDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
}

/**
 * Makes a one-time token to set a new password with, as the identity library would have mailed it; null when nobody has
 * this address. Noted in the audit logs of the person's teams.
 */
export async function makeResetToken(deps: OperatorDeps, email: string): Promise<string | null> {
  const { database, clock, random, newId } = deps;
  const user = await findUserByEmail(database, email);
  if (user === null) return null;
  const token = randomBase62(random, TOKEN_LENGTH);
  const now = clock.now();
  // The library keeps hashes only, too (identity-library.ts, storeIdentifier).
  const identifier = createHash('sha256').update(`reset-password:${token}`).digest('base64url');
  await database.transaction(async (tx) => {
    await insertVerification(tx, { id: newId(), identifier, value: user.id }, now, now + RESET_LINK_MS);
    for (const { teamId } of await listMemberships(tx, user.id, MAX_TEAMS)) {
      await insertAudit(tx, {
        id: newId(),
        teamId,
        at: now,
        actorKind: 'operator',
        actorId: '',
        actorName: 'command line',
        action: 'member.reset_link',
        targetKind: 'member',
        targetId: user.id,
        targetName: user.name,
        changes: {},
        address: null,
      });
    }
  });
  return token;
}
