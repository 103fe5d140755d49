import { z } from 'zod';
import { id, instant, named, seconds } from './common.ts';
import { causeAnswer } from './incidents-schema.ts';

export const SUMMARY_PERIODS = ['now', 'day', 'week'] as const;

const count = z.int();
const ratio = z.number().nullable().meta({ description: '0 to 1; null when there was nothing to count.' });
const text = z.string().meta({ description: "The whole of it in the team's language, as people's channels get it." });
const who = { id, name: z.string() };
const monitors = z
  .strictObject({ total: count, new: count, up: count, down: count, paused: count })
  .meta({ description: 'How they are now.' });
const channels = z.strictObject({
  total: count,
  first: z.array(
    z.strictObject({ ...who, kind: z.string(), state: z.enum(['ok', 'broken']), sent: count, failed: count }),
  ),
});

const missedNow = named(
  'SummaryNow',
  z.strictObject({
    period: z.literal('now'),
    at: instant,
    monitors,
    total: count.meta({ description: 'All that are down; more than `missed` lists in a great failure.' }),
    missed: z.array(
      z.strictObject({ monitor: z.strictObject(who), incident_id: id, since: instant, cause: causeAnswer }),
    ),
    text,
  }),
);

const ofPeriod = named(
  'Summary',
  z.strictObject({
    period: z.enum(['day', 'week']),
    from: instant,
    to: instant,
    monitors,
    success: z.strictObject({ good: count, all: count, ratio }).meta({
      description: 'Good runs of all; of monitors that only give signs of life, good slots of all.',
    }),
    uptime: z.strictObject({ up_seconds: seconds, down_seconds: seconds, ratio }),
    incidents: z.strictObject({
      total: count,
      open: count,
      lasted_seconds: seconds.meta({ description: 'The parts of them that lie in the period, together.' }),
      longest: z.array(z.strictObject({ ...who, incident_id: id, lasted_seconds: seconds, is_open: z.boolean() })),
    }),
    slowest: z.array(z.strictObject({ ...who, median_seconds: seconds, runs: count })),
    growing: z
      .array(z.strictObject({ ...who, median_seconds: seconds, usual_seconds: seconds, runs: count }))
      .meta({ description: 'Jobs that take longer than in the four weeks before; `usual_seconds` is what they took.' }),
    never_heard: z.strictObject({ total: count, first: z.array(z.strictObject({ ...who, created_at: instant })) }),
    noisy: z.array(z.strictObject({ ...who, incidents: count })),
    failing_channels: channels,
    unused_channels: channels,
    text,
  }),
);

export const summaryAnswer = z.discriminatedUnion('period', [missedNow, ofPeriod]);
export const summaryQuery = z.strictObject({
  period: z.enum(SUMMARY_PERIODS).default('now').meta({
    description: '`now`: what is missed at this moment. `day`, `week`: how the last one was.',
  }),
});
