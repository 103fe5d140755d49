import { z } from 'zod';
import { DAY_MS } from '../../core/instant.ts';
import { historyParts, PART_OUTCOMES } from '../../core/monitor-history.ts';
import { readHistory } from '../../store/monitor-history.ts';
import { invalid } from '../problems.ts';
import { givenInstant, idParams, instant, instantOf, iso, named, notFound } from './common.ts';
import { type Route, route } from './route.ts';

export const MAX_PARTS = 200;
const DEFAULT_PARTS = 90;
/** The longest time that can be asked for. */
export const MAX_HISTORY_DAYS = 400;

const count = z.int();

const historyAnswer = named(
  'MonitorHistory',
  z.strictObject({
    from: instant,
    to: instant,
    usual_seconds: z.number().nullable().meta({ description: 'Half of the good runs of that time took longer.' }),
    parts: z.array(
      z.strictObject({
        from: instant,
        outcome: z
          .enum(PART_OUTCOMES)
          .nullable()
          .meta({
            description:
              'The worst of it. `down`: it stayed down and nothing came; `unknown`: we were not looking, or nobody ' +
              'knows how a run ended; null: nothing came and nothing was due.',
          }),
        good: count,
        failed: count,
        missed: count,
        unknown: count,
        median_seconds: z.number().nullable().meta({ description: 'Of the good runs that ended in it.' }),
        down_seconds: z.number(),
      }),
    ),
  }),
);

const seconds = (ms: number | null) => (ms === null ? null : ms / 1_000);

const read = route({
  method: 'GET',
  path: '/api/v1/monitors/{id}/history',
  scope: 'read',
  tag: 'Monitors',
  summary: 'How a monitor did in a time, in parts of equal length',
  description: 'For looking at a day, a month or a quarter at once; single results are those of `/api/v1/beats`.',
  params: idParams,
  query: z.strictObject({
    from: givenInstant,
    to: givenInstant,
    parts: z.int().min(1).max(MAX_PARTS).default(DEFAULT_PARTS),
  }),
  answer: historyAnswer,
  problems: ['not_found'],
  async handle({ params, query, key }, { database, clock }) {
    const [from, to] = [instantOf(query.from), instantOf(query.to)];
    if (from >= to) return invalid([{ field: 'from', message: 'must be before to', given: query.from }]);
    if (to - from > MAX_HISTORY_DAYS * DAY_MS) {
      return invalid([
        { field: 'from', message: `must be at most ${MAX_HISTORY_DAYS} days before to`, given: query.from },
      ]);
    }
    const window = { monitorId: params.id, from, to, parts: query.parts };
    const known = await readHistory(database, key.teamId, window);
    if (known === null) return notFound('monitor');
    const parts = historyParts(known.facts, query.parts, clock.now());
    return {
      body: {
        from: iso(from),
        to: iso(to),
        usual_seconds: seconds(known.usualMs),
        parts: parts.map((part) => ({
          from: iso(part.from),
          outcome: part.outcome,
          good: part.good,
          failed: part.failed,
          missed: part.missed,
          unknown: part.unknown,
          median_seconds: seconds(part.medianMs),
          down_seconds: part.downMs / 1_000,
        })),
      },
    };
  },
});

export const monitorHistoryRoutes: readonly Route[] = [read];
