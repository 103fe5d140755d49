import { z } from 'zod';
import type { Language } from '../../core/language/language.ts';
import { runWords, slotNoteWords } from '../../core/language/run-words.ts';
import { RUN_STATES } from '../../core/monitor.ts';
import { hasMonitor } from '../../store/monitors.ts';
import { listRuns, listSlotNotes, type RunLogRow } from '../../store/run-log.ts';
import { Problem } from '../problems.ts';
import {
  cut,
  id,
  idParams,
  instant,
  iso,
  isoOrNull,
  languageFor,
  maybeInstant,
  named,
  notFound,
  paging,
  readIdCursor,
  readNumberCursor,
  secondsBetween,
  teamOf,
} from './common.ts';
import { type Route, route } from './route.ts';

const tag = 'Monitors';

const runAnswer = named(
  'Run',
  z.strictObject({
    id,
    run_id: z.string().nullable().meta({ description: "The job's own name for it (`rid`)." }),
    state: z.enum(RUN_STATES),
    outcome: z.string().meta({ description: "What became of it, in the team's language." }),
    started_at: maybeInstant.meta({ description: 'Null when only its end was heard.' }),
    ended_at: maybeInstant,
    duration_seconds: z.number().nullable().meta({ description: 'So far, for an open run.' }),
    exit_status: z.int().nullable(),
    deadline_at: maybeInstant.meta({ description: 'When it is judged as overrunning.' }),
    limit: z.enum(['max_run', 'learned']).nullable().meta({ description: 'What its deadline follows from.' }),
    finished_late: z.boolean(),
  }),
);

function runJson(row: RunLogRow, language: Language, now: number): z.input<typeof runAnswer> {
  const until = row.state === 'open' ? now : row.ended_at;
  const durationSeconds = secondsBetween(row.started_at, until);
  const facts = {
    state: row.state,
    durationMs: durationSeconds === null ? null : durationSeconds * 1_000,
    exitStatus: row.exit_status,
    finishedLate: row.finished_late,
  };
  return {
    id: row.id,
    run_id: row.run_id,
    state: row.state,
    outcome: runWords(facts, language),
    started_at: isoOrNull(row.started_at),
    ended_at: isoOrNull(row.ended_at),
    duration_seconds: durationSeconds,
    exit_status: row.exit_status,
    deadline_at: isoOrNull(row.deadline_at),
    limit: row.limit_by,
    finished_late: row.finished_late,
  };
}

const list = route({
  method: 'GET',
  path: '/api/v1/monitors/{id}/runs',
  scope: 'read',
  tag,
  summary: 'List the runs of a monitor',
  description: 'Newest first. Runs are kept for ever.',
  params: idParams,
  query: z.strictObject({ state: z.enum(RUN_STATES).optional(), ...paging }),
  answer: named('RunPage', z.strictObject({ runs: z.array(runAnswer), next_cursor: z.string().nullable() })),
  problems: ['not_found'],
  async handle(request, context) {
    const { params, query } = request;
    const beforeId = readIdCursor(query.cursor);
    if (beforeId instanceof Problem) return beforeId;
    const team = await teamOf(request, context);
    if (!(await hasMonitor(context.database, team.id, params.id))) return notFound('monitor');
    const found = await listRuns(context.database, params.id, { state: query.state, beforeId }, query.limit + 1);
    const { rows, nextCursor } = cut(found, query.limit, (row) => row.id);
    const now = context.clock.now();
    const language = languageFor(request, team);
    return { body: { runs: rows.map((row) => runJson(row, language, now)), next_cursor: nextCursor } };
  },
});

const slotAnswer = named(
  'SlotNote',
  z.strictObject({
    at: instant.meta({ description: 'When it was expected.' }),
    note: z.enum(['unknown', 'skipped_running']),
    text: z.string().meta({ description: "The note in the team's language." }),
    gap: z.strictObject({ from: instant, to: instant }).nullable().meta({ description: 'When we were not looking.' }),
  }),
);

const slots = route({
  method: 'GET',
  path: '/api/v1/monitors/{id}/slots',
  scope: 'read',
  tag,
  summary: 'List expected times that were not judged',
  description: 'Because we were not looking ourselves, or because the run before was still under way. Newest first.',
  params: idParams,
  query: z.strictObject({ ...paging }),
  answer: named('SlotPage', z.strictObject({ slots: z.array(slotAnswer), next_cursor: z.string().nullable() })),
  problems: ['not_found'],
  async handle(request, context) {
    const { params, query } = request;
    const beforeAt = readNumberCursor(query.cursor);
    if (beforeAt instanceof Problem) return beforeAt;
    const team = await teamOf(request, context);
    if (!(await hasMonitor(context.database, team.id, params.id))) return notFound('monitor');
    const found = await listSlotNotes(context.database, params.id, beforeAt ?? null, query.limit + 1);
    const { rows, nextCursor } = cut(found, query.limit, (row) => row.slot_at);
    const body = rows.map((row) => ({
      at: iso(row.slot_at),
      note: row.note,
      text: slotNoteWords(row.note, languageFor(request, team)),
      gap: row.gap_from === null || row.gap_to === null ? null : { from: iso(row.gap_from), to: iso(row.gap_to) },
    }));
    return { body: { slots: body, next_cursor: nextCursor } };
  },
});

export const runRoutes: readonly Route[] = [list, slots];
