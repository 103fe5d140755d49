import { z } from 'zod';
import { DAY_MS, HOUR_MS, type Instant } from '../../core/instant.ts';
import { type UptimeInput, uptime } from '../../core/uptime.ts';
import { hasMonitor } from '../../store/monitors.ts';
import { readBlindTimes, readDowns, readStatusChanges } from '../../store/uptime-facts.ts';
import { invalid, Problem } from '../problems.ts';
import { givenInstant, idParams, instant, instantOf, iso, named, notFound } from './common.ts';
import { type Route, route } from './route.ts';

/** The longest window that can be asked for: ten years. */
export const MAX_UPTIME_DAYS = 3_660;

interface Window {
  readonly name: string;
  readonly from: Instant;
  readonly to: Instant;
}

const STANDARD: readonly (readonly [string, number])[] = [
  ['24h', 24 * HOUR_MS],
  ['7d', 7 * DAY_MS],
  ['30d', 30 * DAY_MS],
  ['90d', 90 * DAY_MS],
];

const uptimeQuery = z.strictObject({
  from: givenInstant.optional().meta({ description: 'Beginning of one window; goes with `to`.' }),
  to: givenInstant.optional().meta({ description: 'End of one window; now when not given.' }),
  days: z.int().min(1).max(MAX_UPTIME_DAYS).optional().meta({ description: 'One window of so many days until now.' }),
});

const uptimeAnswer = named(
  'Uptime',
  z.strictObject({
    windows: z.array(
      z.strictObject({
        name: z.string().meta({ description: '`24h`, `7d`, `30d`, `90d`, or `custom`.' }),
        from: instant,
        to: instant,
        up_seconds: z.number(),
        down_seconds: z.number(),
        ratio: z.number().nullable().meta({
          description: 'up / (up + down), 0 to 1; null when it was watched for no moment of it.',
        }),
      }),
    ),
  }),
);

function windowsOf(query: z.output<typeof uptimeQuery>, now: Instant): readonly Window[] | Problem {
  if (query.days !== undefined) {
    if (query.from !== undefined || query.to !== undefined) {
      return invalid([{ field: 'days', message: 'does not go together with from and to', given: query.days }]);
    }
    return [{ name: 'custom', from: now - query.days * DAY_MS, to: now }];
  }
  if (query.from === undefined) {
    if (query.to !== undefined) return invalid([{ field: 'from', message: 'is missing: to goes with from' }]);
    return STANDARD.map(([name, lengthMs]) => ({ name, from: now - lengthMs, to: now }));
  }
  const from = instantOf(query.from);
  const to = Math.min(query.to === undefined ? now : instantOf(query.to), now);
  if (from >= to) return invalid([{ field: 'from', message: 'must be before to and before now', given: query.from }]);
  if (to - from > MAX_UPTIME_DAYS * DAY_MS) {
    return invalid([
      { field: 'from', message: `must be at most ${MAX_UPTIME_DAYS} days before to`, given: query.from },
    ]);
  }
  return [{ name: 'custom', from, to }];
}

function windowJson({ name, from, to }: Window, facts: Omit<UptimeInput, 'from' | 'to'>) {
  const { upMs, downMs, ratio } = uptime({ ...facts, from, to });
  return { name, from: iso(from), to: iso(to), up_seconds: upMs / 1_000, down_seconds: downMs / 1_000, ratio };
}

const read = route({
  method: 'GET',
  path: '/api/v1/monitors/{id}/uptime',
  scope: 'read',
  tag: 'Monitors',
  summary: 'How long a monitor was up and down',
  description: 'Time in which it was new or paused, or in which we could not see, is left out.',
  params: idParams,
  query: uptimeQuery,
  answer: uptimeAnswer,
  problems: ['not_found'],
  async handle({ params, query, key }, { database, clock }) {
    const windows = windowsOf(query, clock.now());
    if (windows instanceof Problem) return windows;
    if (!(await hasMonitor(database, key.teamId, params.id))) return notFound('monitor');
    const from = Math.min(...windows.map((window) => window.from));
    const to = Math.max(...windows.map((window) => window.to));
    const [history, downs, gaps] = await Promise.all([
      readStatusChanges(database, params.id, from, to),
      readDowns(database, params.id, from, to),
      readBlindTimes(database, from, to),
    ]);
    return { body: { windows: windows.map((window) => windowJson(window, { ...history, downs, gaps })) } };
  },
});

export const uptimeRoutes: readonly Route[] = [read];
