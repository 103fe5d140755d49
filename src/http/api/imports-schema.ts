import { z } from 'zod';
import { IMPORT_SOURCES } from '../../core/origin.ts';
import type { MERGED_FIELDS } from '../../watch/imports.ts';
import { readAddress } from '../dialects/gocron-check-in.ts';
import { givenInstant, id, named } from './common.ts';
import { monitorCreate } from './monitors-schema.ts';

/** Jobs of one call; more come in further calls. */
export const MAX_IMPORTED_AT_ONCE = 100;
/** It has to fit into one entry of an index, also where every character takes four bytes. */
export const MAX_EXTERNAL_KEY_CHARACTERS = 600;

/** As the API names what can be taken over again. */
export const FIELD_NAMES: Readonly<Record<(typeof MERGED_FIELDS)[number], string>> = {
  name: 'name',
  slug: 'slug',
  description: 'description',
  tags: 'tags',
  schedule: 'schedule',
  graceSeconds: 'grace_seconds',
  startGraceSeconds: 'start_grace_seconds',
  maxRunSeconds: 'max_run_seconds',
};

const item = named(
  'ImportedMonitor',
  z.strictObject({
    external_key: z
      .string()
      .min(1)
      .regex(/^\P{Cc}*$/u, 'must be without control characters')
      .max(MAX_EXTERNAL_KEY_CHARACTERS)
      .meta({ description: 'Its identity in the other system: by it a second import finds the monitor again.' }),
    monitor: monitorCreate,
    last_heard_at: givenInstant
      .nullable()
      .optional()
      .meta({ description: 'Its last sign of life there: the next slot counts from it.' }),
    was_up: z.boolean().default(false).meta({ description: 'The other system saw it as well.' }),
    paused: z
      .enum(['by_hand', 'until_success'])
      .nullable()
      .optional()
      .meta({ description: 'It is paused there; taken over with the first import only.' }),
    gocron: z
      .strictObject({
        email: z
          .string()
          .refine((text) => readAddress(text) !== null, 'must be an e-mail address')
          .nullable(),
        is_gateway: z.boolean(),
      })
      .optional()
      .meta({
        description:
          'What a job of gocron names besides: where its alarms go as well, and whether it is the gateway of its account.',
      }),
  }),
);

export const importBody = named(
  'Import',
  z.strictObject({
    source: z.enum(IMPORT_SOURCES),
    check: z.boolean().default(false).meta({ description: 'Only say what would become of each; nothing is changed.' }),
    monitors: z.array(item).min(1).max(MAX_IMPORTED_AT_ONCE),
  }),
);

const fields = z.array(z.string());

export const importAnswer = named(
  'ImportOutcome',
  z.strictObject({
    monitors: z.array(
      z.strictObject({
        external_key: z.string(),
        outcome: z.enum(['created', 'updated', 'unchanged', 'kept', 'deleted', 'refused']).meta({
          description:
            '`kept`: it changed there, and a person had changed the same here. `deleted`: it was deleted here and stays so. `refused`: see `errors`.',
        }),
        id: id.nullable(),
        changed: fields.meta({ description: 'What was taken over now.' }),
        kept: fields.meta({ description: 'What changed there and stays as a person made it here.' }),
        notes: z.array(z.enum(['slug_taken', 'counts_from_now', 'was_here', 'kind_kept'])).meta({
          description:
            '`slug_taken`: another monitor has its slug. `counts_from_now`: it was overdue, silence counts from now. `was_here`: it was here before, made by its own check-ins. `kind_kept`: it would be of another kind now, and kinds do not change.',
        }),
        errors: z.array(z.strictObject({ field: z.string(), message: z.string() })),
      }),
    ),
  }),
);
