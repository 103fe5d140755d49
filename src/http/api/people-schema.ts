import { z } from 'zod';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '../../accounts/password.ts';
import { ROLES } from '../../core/roles.ts';
import { id, instant, line, named } from './common.ts';

export const MAX_PERSON_NAME_CHARACTERS = 100;
/** Of links that we make; longer texts are none of ours. */
const MAX_TOKEN_CHARACTERS = 200;

export const email = z
  .email('must be an e-mail address')
  .max(254)
  .meta({ examples: ['anna@example.com'] });
export const personName = line(MAX_PERSON_NAME_CHARACTERS);
export const password = z.string().min(MIN_PASSWORD_LENGTH).max(MAX_PASSWORD_LENGTH).meta({ format: 'password' });
export const token = z.string().min(1).max(MAX_TOKEN_CHARACTERS).meta({ description: 'From the link.' });
export const role = z.enum(ROLES);

export const userAnswer = named(
  'User',
  z.strictObject({
    id,
    name: z.string(),
    email: z.string(),
    email_verified: z.boolean(),
    two_factor: z.boolean(),
  }),
);

export const membershipAnswer = named('Membership', z.strictObject({ id, name: z.string(), role }));

export const memberAnswer = named(
  'Member',
  z.strictObject({ id, name: z.string(), email: z.string(), role, two_factor: z.boolean(), joined_at: instant }),
);
