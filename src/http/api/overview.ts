import { z } from 'zod';
import { BEAT_OUTCOMES, type Beat, beatsOf } from '../../core/beats.ts';
import { HOUR_MS, MINUTE_MS } from '../../core/instant.ts';
import { STATUSES } from '../../core/monitor.ts';
import { readBeatFacts } from '../../store/beat-facts.ts';
import { countByState, lastBlindTime, listDown, listRows } from '../../store/overview.ts';
import { Problem } from '../problems.ts';
import {
  cut,
  id,
  instant,
  iso,
  isoOrNull,
  languageFor,
  maybeInstant,
  named,
  paging,
  readIdCursor,
  teamOf,
} from './common.ts';
import { causeAnswer } from './incidents-schema.ts';
import { causeJson, rowJson } from './monitor-json.ts';
import { monitorRowAnswer } from './monitors-schema.ts';
import { type Route, route } from './route.ts';

/** Monitors of which beats are answered in one call, and beats of each. */
export const MAX_BEAT_MONITORS = 100;
export const MAX_BEATS = 100;
const DEFAULT_BEATS = 40;
/** Rows of one page: more would keep the pings of this node waiting while they are made. */
export const MAX_ROWS = 1_000;
/** Monitors that are down and listed in the overview; the counts have them all. */
export const MAX_DOWN_SHOWN = 20;
/** A time of blindness is shown for so long, where it was no mere restart. */
const BLIND_SHOWN_MS = 24 * HOUR_MS;
const BLIND_AT_LEAST_MS = MINUTE_MS;

const tag = 'Monitors';

const idList = z
  .string()
  .transform((text) => [...new Set(text.split(','))])
  .pipe(z.array(id).min(1).max(MAX_BEAT_MONITORS))
  .meta({ description: `Ids with commas between them, at most ${MAX_BEAT_MONITORS}. Unknown ones are left out.` });

const beatAnswer = named(
  'Beat',
  z.strictObject({
    at: instant,
    outcome: z.enum(BEAT_OUTCOMES).meta({
      description: '`late`, `running` and `paused` are how it stands now, or stood; `unknown`: we were not looking.',
    }),
    duration_seconds: z.number().nullable(),
    exit_status: z.int().nullable(),
    first_line: z.string().nullable().meta({ description: 'Of what the job said.' }),
  }),
);

function beatJson(beat: Beat): z.input<typeof beatAnswer> {
  return {
    at: iso(beat.at),
    outcome: beat.outcome,
    duration_seconds: beat.durationMs === null ? null : beat.durationMs / 1_000,
    exit_status: beat.exitStatus,
    first_line: beat.firstLine,
  };
}

const beats = route({
  method: 'GET',
  path: '/api/v1/beats',
  scope: 'read',
  tag,
  summary: 'The last results of many monitors',
  description: 'By monitor, oldest first.',
  query: z.strictObject({ monitors: idList, count: z.int().min(1).max(MAX_BEATS).default(DEFAULT_BEATS) }),
  answer: named('Beats', z.strictObject({ beats: z.record(z.string(), z.array(beatAnswer)) })),
  async handle({ query, key }, { database, clock }) {
    const now = clock.now();
    const facts = await readBeatFacts(database, key.teamId, query.monitors, query.count, now);
    const shown = [...facts].map(([monitorId, own]) => [monitorId, beatsOf(own, now, query.count).map(beatJson)]);
    return { body: { beats: Object.fromEntries(shown) } };
  },
});

const count = z.int();

const overview = route({
  method: 'GET',
  path: '/api/v1/overview',
  scope: 'read',
  tag,
  summary: 'How everything stands',
  answer: named(
    'Overview',
    z.strictObject({
      counts: z
        .strictObject({ up: count, down: count, late: count, new: count, paused: count })
        .meta({ description: 'Each monitor once: one that is late is neither up nor new here.' }),
      last_signal_at: maybeInstant,
      down: z
        .array(z.strictObject({ id, name: z.string(), since: instant, cause: causeAnswer }))
        .meta({ description: `The last that fell first, at most ${MAX_DOWN_SHOWN}.` }),
      blind: z.strictObject({ from: instant, to: instant }).nullable().meta({
        description: 'The last minute or more of the last 24 hours in which allswell could not hear.',
      }),
    }),
  ),
  async handle(request, context) {
    const { database, clock } = context;
    const team = await teamOf(request, context);
    const now = clock.now();
    const [{ lastSignalAt, ...counts }, down, blind] = await Promise.all([
      countByState(database, team.id, now),
      listDown(database, team.id, MAX_DOWN_SHOWN),
      lastBlindTime(database, now - BLIND_SHOWN_MS, BLIND_AT_LEAST_MS),
    ]);
    const viewer = { ...team, now };
    return {
      body: {
        counts,
        last_signal_at: isoOrNull(lastSignalAt),
        down: down.map(({ id: monitorId, name, since, causeCode, causeData }) => {
          return { id: monitorId, name, since: iso(since), cause: causeJson(causeCode, causeData, viewer) };
        }),
        blind: blind === null ? null : { from: iso(blind.from), to: iso(blind.to) },
      },
    };
  },
});

const rows = route({
  method: 'GET',
  path: '/api/v1/overview/monitors',
  scope: 'read',
  tag,
  summary: 'All monitors as a list shows them',
  description:
    'The same monitors as `/api/v1/monitors` in the same order, with less about each and more in one page: for pages that show all of them.',
  query: z.strictObject({
    status: z.array(z.enum(STATUSES)).max(STATUSES.length).optional().meta({ description: 'One of these.' }),
    limit: z.int().min(1).max(MAX_ROWS).default(MAX_ROWS).meta({ description: 'How many at most.' }),
    cursor: paging.cursor,
  }),
  answer: named(
    'MonitorRows',
    z.strictObject({ monitors: z.array(monitorRowAnswer), next_cursor: z.string().nullable() }),
  ),
  async handle(request, context) {
    const { status, limit, cursor } = request.query;
    const afterId = readIdCursor(cursor);
    if (afterId instanceof Problem) return afterId;
    const team = await teamOf(request, context);
    const found = await listRows(context.database, team.id, status ?? null, afterId ?? null, limit + 1);
    const { rows: shown, nextCursor } = cut(found, limit, (row) => row.id);
    const viewer = { language: languageFor(request, team), timezone: team.timezone, now: context.clock.now() };
    return { body: { monitors: shown.map((row) => rowJson(row, viewer)), next_cursor: nextCursor } };
  },
});

export const overviewRoutes: readonly Route[] = [overview, rows, beats];
