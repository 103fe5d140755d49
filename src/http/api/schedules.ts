import { z } from 'zod';
import { describeSchedule } from '../../core/schedule/describe.ts';
import { MAX_PREVIEW_RUNS, nextRuns } from '../../core/schedule/runs.ts';
import { readWish } from '../../core/timing.ts';
import { invalid } from '../problems.ts';
import { givenInstant, instant, instantOf, iso, languageFor, named, teamOf } from './common.ts';
import { givenAt } from './field-errors.ts';
import { type Route, route } from './route.ts';
import { scheduleInput } from './schedules-schema.ts';

const DEFAULT_PREVIEW_RUNS = 5;

const preview = route({
  method: 'POST',
  path: '/api/v1/schedules/preview',
  scope: 'read',
  tag: 'Schedules',
  summary: 'Put a schedule into words and show its next times',
  description: 'Nothing is stored. A schedule that never runs is refused with a sentence, as at creation.',
  body: named(
    'SchedulePreviewRequest',
    z.strictObject({
      schedule: scheduleInput,
      from: givenInstant.optional().meta({ description: 'Count from here; now when not given.' }),
      count: z.int().min(1).max(MAX_PREVIEW_RUNS).default(DEFAULT_PREVIEW_RUNS),
    }),
  ),
  example: { schedule: { type: 'cron', expression: '0 2 * * *', timezone: 'Europe/Moscow' }, count: 5 },
  answer: named(
    'SchedulePreview',
    z.strictObject({
      description: z.string().meta({ description: "In the team's language." }),
      next: z.array(instant).meta({ description: 'Fewer than asked for when the schedule ends.' }),
      runs: z.array(
        z.strictObject({
          at: instant,
          clock_change: z.boolean().meta({ description: 'The clock is being changed at this time.' }),
        }),
      ),
    }),
  ),
  async handle(request, context) {
    const { body } = request;
    const team = await teamOf(request, context);
    const now = context.clock.now();
    const result = readWish(body.schedule, { now, timezone: team.timezone });
    if (!result.ok) {
      const field = `schedule.${result.error.field}`;
      return invalid([{ ...result.error, field, given: givenAt(body, field) }]);
    }
    const runs = nextRuns(result.schedule, body.from === undefined ? now : instantOf(body.from), body.count);
    return {
      body: {
        description: describeSchedule(result.schedule.source, languageFor(request, team)),
        next: runs.map((run) => iso(run.at)),
        runs: runs.map((run) => ({ at: iso(run.at), clock_change: run.clockChange })),
      },
    };
  },
});

export const scheduleRoutes: readonly Route[] = [preview];
