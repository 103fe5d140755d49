import { z } from 'zod';
import { CHANNEL_KINDS } from '../../alerts/channels/contract.ts';
import { isZoneName } from '../../core/schedule/zone.ts';
import { isTimeOfDay } from '../../core/summary/timetable.ts';
import { id, instant, line, maybeInstant, named, paging } from './common.ts';
import { deliveryFields } from './delivery-json.ts';

export const MAX_CHANNEL_NAME_CHARACTERS = 100;
/** The longest that a test call waits for its outcome. */
export const MAX_TEST_WAIT_SECONDS = 10;

const config = z.record(z.string(), z.unknown()).meta({
  description: 'What the kind needs: `url` for a webhook, `to` for e-mail, and so on. Unknown fields are refused.',
  examples: [{ url: 'http://example.com/hook' }],
});

const time = z.string().refine(isTimeOfDay, 'must be a time of day such as 22:00');
const quietHours = z
  .strictObject({
    from: time,
    to: time,
    timezone: z
      .string()
      .refine(isZoneName, 'must be a name of the IANA time zone database, such as Europe/Moscow or UTC')
      .optional()
      .meta({ description: "The team's when not given." }),
    down_passes: z.boolean().default(false).meta({ description: 'That something went down is told all the same.' }),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], message: 'must be another time than from' })
  .nullable()
  .optional()
  .meta({ description: 'Each day; what comes then waits for their end and comes as one digest. Null: none.' });

export const channelCreate = named(
  'ChannelCreate',
  z.strictObject({
    kind: z.enum(CHANNEL_KINDS),
    name: line(MAX_CHANNEL_NAME_CHARACTERS),
    config,
    quiet_hours: quietHours,
  }),
);

export const channelPatch = named(
  'ChannelPatch',
  z.strictObject({
    name: line(MAX_CHANNEL_NAME_CHARACTERS).optional(),
    quiet_hours: quietHours,
    config: config.optional().meta({
      description:
        'Fields that are given replace those that are kept; null takes one away; a masked value changes nothing.',
    }),
  }),
);

export const channelQuery = z.strictObject({ ...paging });
export const testQuery = z.strictObject({
  wait: z.int().min(0).max(MAX_TEST_WAIT_SECONDS).default(0).meta({
    description: 'Seconds to wait for the outcome before answering.',
  }),
});

export const channelAnswer = named(
  'Channel',
  z.strictObject({
    id,
    kind: z.string(),
    name: z.string(),
    config: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'Secrets are cut to their last characters; null when it cannot be decrypted here.' }),
    state: z.enum(['ok', 'broken']),
    broken_reason: z.string().nullable(),
    broken_at: maybeInstant,
    only_chosen: z.boolean().meta({
      description: 'It serves only monitors that chose it; `channels: "all"` does not mean it.',
    }),
    read_only: z.boolean().meta({
      description: 'It comes from the configuration of the install, and serves only monitors that choose it.',
    }),
    quiet_hours: z
      .strictObject({ from: z.string(), to: z.string(), timezone: z.string(), down_passes: z.boolean() })
      .nullable(),
    last_delivery: z.strictObject({ id, state: z.string(), at: instant }).nullable(),
    created_at: instant,
    updated_at: instant,
  }),
);

export const channelsAnswer = named(
  'ChannelPage',
  z.strictObject({ channels: z.array(channelAnswer), next_cursor: z.string().nullable() }),
);

export const testAnswer = named(
  'ChannelTest',
  z.strictObject({ delivery_id: id.meta({ description: 'The same as `id`.' }), ...deliveryFields }),
);
