import { z } from 'zod';
import { named } from './common.ts';

export const causeAnswer = named(
  'Cause',
  z.strictObject({
    code: z.enum(['missed', 'not_started', 'failed', 'overran']),
    data: z.record(z.string(), z.unknown()).meta({ description: 'The numbers behind it, by the code.' }),
    text: z.string().meta({ description: "A sentence in the team's language." }),
  }),
);
