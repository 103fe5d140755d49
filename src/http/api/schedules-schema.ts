import { z } from 'zod';
import { MAX_EXPRESSION_CHARACTERS, MAX_PERIOD_SECONDS, MIN_PERIOD_SECONDS } from '../../core/schedule/schedule.ts';
import { named } from './common.ts';

const expression = z.string().min(1).max(MAX_EXPRESSION_CHARACTERS);
const timezone = z
  .string()
  .min(1)
  .max(64)
  .optional()
  .meta({ description: "IANA name; the team's zone when not given.", examples: ['Europe/Moscow'] });

/** A schedule as a person gives it. */
export const scheduleInput = named(
  'ScheduleInput',
  z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('period'),
      seconds: z
        .int()
        .min(MIN_PERIOD_SECONDS)
        .max(MAX_PERIOD_SECONDS)
        .meta({ examples: [300] }),
    }),
    z.strictObject({ type: z.literal('cron'), expression: expression.meta({ examples: ['0 2 * * *'] }), timezone }),
    z.strictObject({
      type: z.literal('oncalendar'),
      expression: expression.meta({ examples: ['Mon..Fri 02:00'] }),
      timezone,
    }),
  ]),
);

const description = z.string().meta({ description: "In plain words, in the team's language." });

/** A schedule as it is kept. */
export const bareSchedule = named(
  'BareSchedule',
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('period'), seconds: z.int() }),
    z.strictObject({ type: z.literal('cron'), expression: z.string(), timezone: z.string() }),
    z.strictObject({ type: z.literal('oncalendar'), expression: z.string(), timezone: z.string() }),
  ]),
);

/** A schedule as it is kept and shown. */
export const scheduleAnswer = named(
  'Schedule',
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('period'), seconds: z.int(), description }),
    z.strictObject({ type: z.literal('cron'), expression: z.string(), timezone: z.string(), description }),
    z.strictObject({ type: z.literal('oncalendar'), expression: z.string(), timezone: z.string(), description }),
  ]),
);
