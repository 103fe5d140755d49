import { z } from 'zod';
import { MONITOR_KINDS, STATUSES } from '../../core/monitor.ts';
import {
  keyFault,
  MAX_KEY_CHARACTERS,
  MAX_SLUG_CHARACTERS,
  MIN_KEY_CHARACTERS,
  slugFault,
} from '../../core/ping-names.ts';
import { MAX_FAIL_AFTER, MAX_LIMIT_SECONDS } from '../../core/timing.ts';
import { MAX_TAGS } from '../../watch/manage-many.ts';
import { givenInstant, id, instant, line, maybeInstant, named, paging } from './common.ts';
import { causeAnswer } from './incidents-schema.ts';
import { bareSchedule, scheduleAnswer, scheduleInput } from './schedules-schema.ts';

export const MAX_NAME_CHARACTERS = 100;
export const MAX_DESCRIPTION_CHARACTERS = 10_000;
export const MAX_TAG_CHARACTERS = 50;
export const MAX_CHOSEN_CHANNELS = 100;

function checked(fault: (text: string) => string | null) {
  return (context: z.core.ParsePayload<string>) => {
    const message = fault(context.value);
    if (message !== null) context.issues.push({ code: 'custom', message, input: context.value });
  };
}

const slug = z
  .string()
  .max(MAX_SLUG_CHARACTERS)
  .check(checked(slugFault))
  .nullable()
  .meta({ description: 'Its name in ping URLs by name; a-z, 0-9, _ and -, unique in the team.' });

const key = z
  .string()
  .check(checked(keyFault))
  .meta({
    description: `The secret in its ping URLs; a random UUID when not given. ${MIN_KEY_CHARACTERS} to ${MAX_KEY_CHARACTERS} characters.`,
  });

const limit = z.int().min(0).max(MAX_LIMIT_SECONDS);

/** What can be said of a monitor at creation and later alike. */
const settings = {
  slug: slug.optional(),
  description: z.string().max(MAX_DESCRIPTION_CHARACTERS).optional(),
  tags: z.array(line(MAX_TAG_CHARACTERS)).max(MAX_TAGS).optional(),
  schedule: scheduleInput.nullable().optional().meta({ description: 'Null only for a process that runs by hand.' }),
  grace_seconds: limit.optional().meta({
    description: 'Heartbeat: how late a success may be. A fifth of the interval, 10 s to 1 h, when not given.',
  }),
  start_grace_seconds: limit.optional().meta({ description: 'Process: how late it may start. 300 when not given.' }),
  max_run_seconds: z.int().min(1).max(MAX_LIMIT_SECONDS).nullable().optional().meta({
    description: 'Process: how long a run may take. 86400 when not given, null: no limit.',
  }),
  learn: z
    .boolean()
    .optional()
    .meta({ description: 'Process: also judge runs by what is usual. True when not given.' }),
  fail_after: z.int().min(1).max(MAX_FAIL_AFTER).optional().meta({
    description: 'How many fails in a row open an incident. 1 when not given.',
  }),
  armed_from: z.enum(['first_signal', 'creation']).optional().meta({
    description: 'From when silence counts. `first_signal` when not given.',
  }),
  channels: z
    .union([z.literal('all'), z.array(id).max(MAX_CHOSEN_CHANNELS)], {
      error: 'must be "all" or a list of ids of channels',
    })
    .optional()
    .meta({ description: 'Where its alerts go: every channel of the team, also later ones, or those listed.' }),
  site_id: id.nullable().optional().meta({ description: 'The site that it stands behind; null: none.' }),
};

export const monitorCreate = named(
  'MonitorCreate',
  z.strictObject({ kind: z.enum(MONITOR_KINDS), name: line(MAX_NAME_CHARACTERS), key: key.optional(), ...settings }),
);

export const monitorPatch = named(
  'MonitorPatch',
  z.strictObject({
    kind: z.enum(MONITOR_KINDS).optional().meta({ description: 'Cannot be changed; the same one is accepted.' }),
    name: line(MAX_NAME_CHARACTERS).optional(),
    ...settings,
  }),
);

export const pauseBody = named(
  'Pause',
  z
    .strictObject({
      mode: z.enum(['by_hand', 'until', 'until_success']).optional().meta({
        description: '`until` where `until` is given, else `by_hand`, when it is not.',
      }),
      until: givenInstant.optional().meta({ description: 'For the mode `until`: when it ends by itself.' }),
    })
    .default({}),
);

export const monitorQuery = z.strictObject({
  status: z.array(z.enum(STATUSES)).max(STATUSES.length).optional().meta({ description: 'One of these.' }),
  kind: z.enum(MONITOR_KINDS).optional(),
  tag: z.array(z.string().max(MAX_TAG_CHARACTERS)).max(MAX_TAGS).optional().meta({ description: 'All of these.' }),
  slug: z.string().max(MAX_SLUG_CHARACTERS).optional(),
  site: id.optional().meta({ description: 'Those behind this site.' }),
  search: z.string().max(MAX_NAME_CHARACTERS).optional().meta({
    description: 'Part of the name, the slug or the description, in any case.',
  }),
  ...paging,
});

const onlyForWriters = 'Only with a key that may write.';

export const monitorAnswer = named(
  'Monitor',
  z.strictObject({
    id,
    kind: z.enum(MONITOR_KINDS),
    name: z.string(),
    slug: z.string().nullable(),
    tags: z.array(z.string()),
    description: z.string(),
    schedule: scheduleAnswer.nullable(),
    grace_seconds: z.int().optional().meta({ description: 'Heartbeat.' }),
    start_grace_seconds: z.int().optional().meta({ description: 'Process.' }),
    max_run_seconds: z.int().nullable().optional().meta({ description: 'Process.' }),
    learn: z.boolean().optional().meta({ description: 'Process.' }),
    fail_after: z.int(),
    armed_from: z.enum(['first_signal', 'creation']),
    channels: z.union([z.literal('all'), z.array(id)]),
    site_id: id.nullable().meta({ description: 'The site that it stands behind.' }),
    status: z.enum(STATUSES),
    late: z.boolean().meta({ description: 'Due, and still within grace.' }),
    running: z.boolean(),
    paused: z.strictObject({ mode: z.enum(['by_hand', 'until', 'until_success']), until: maybeInstant }).nullable(),
    ping_url: z.string().optional().meta({ description: onlyForWriters }),
    start_url: z
      .string()
      .optional()
      .meta({ description: `Process. ${onlyForWriters}` }),
    end_url: z
      .string()
      .optional()
      .meta({ description: `Process. ${onlyForWriters}` }),
    fail_url: z
      .string()
      .optional()
      .meta({ description: `Process. ${onlyForWriters}` }),
    weak_key: z
      .boolean()
      .optional()
      .meta({
        description: `The key was given and is short enough to be guessed. ${onlyForWriters}`,
      }),
    next_expected_at: maybeInstant.meta({
      description: 'Null while nothing is expected (not armed, paused, by hand).',
    }),
    due_at: maybeInstant.meta({ description: 'When silence becomes an incident.' }),
    last_signal_at: maybeInstant,
    last_success_at: maybeInstant,
    signal_count: z.int(),
    fail_streak: z.int(),
    incident: z.strictObject({ id, cause: causeAnswer, opened_at: instant }).nullable(),
    learned_limit: z
      .strictObject({ usual_seconds: z.number(), limit_seconds: z.number() })
      .nullable()
      .meta({ description: 'What is usual for its runs, once ten good ones were seen.' }),
    fault: z.string().nullable().meta({ description: 'Why it cannot be judged at the moment.' }),
    origin: z
      .strictObject({ dialect: z.string(), key: z.string() })
      .nullable()
      .meta({ description: "The other system's interface that it was made through, and what it is called there." }),
    created_at: instant,
    updated_at: instant,
  }),
);

const shown = monitorAnswer.shape;

/** A monitor as one of many. */
export const monitorRowAnswer = named(
  'MonitorRow',
  z.strictObject({
    id: shown.id,
    kind: shown.kind,
    name: shown.name,
    slug: shown.slug,
    tags: shown.tags,
    description: shown.description,
    schedule: bareSchedule.nullable(),
    channels: shown.channels,
    site_id: shown.site_id,
    status: shown.status,
    late: shown.late,
    running: shown.running,
    paused: shown.paused,
    next_expected_at: shown.next_expected_at,
    last_signal_at: shown.last_signal_at,
    incident: shown.incident,
  }),
);

export const monitorsAnswer = named(
  'MonitorPage',
  z.strictObject({ monitors: z.array(monitorAnswer), next_cursor: z.string().nullable() }),
);
