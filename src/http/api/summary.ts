import { renderMessage } from '../../alerts/render.ts';
import type { Subject } from '../../alerts/subjects.ts';
import { missedMonitorJson, summaryJson } from '../../alerts/summaries/events.ts';
import { gatherMissed, gatherSummary } from '../../alerts/summaries/gather.ts';
import type { Missed } from '../../core/summary/missed.ts';
import { periodUntil } from '../../core/summary/timetable.ts';
import type { Team } from '../../store/teams.ts';
import { iso, teamOf } from './common.ts';
import { type ApiContext, type Route, route } from './route.ts';
import { summaryAnswer, summaryQuery } from './summary-schema.ts';

/** Monitors that are down and are listed in one answer; more of them are counted. */
export const MAX_MISSED_LISTED = 500;

function textOf(subject: Subject, team: Team, context: ApiContext): string {
  const { language, timezone } = team;
  const now = context.clock.now();
  const { title, sentence, lines } = renderMessage(subject, { language, timezone, now, publicUrl: context.publicUrl });
  return [title, sentence, ...lines.map((line) => `- ${line}`)].join('\n');
}

function missedJson(missed: Missed, team: Team, context: ApiContext) {
  const { new: fresh, up, down, paused } = missed.monitors;
  return {
    period: 'now',
    at: iso(missed.at),
    monitors: { total: fresh + up + down + paused, new: fresh, up, down, paused },
    total: missed.total,
    missed: missed.first.map((one) => missedMonitorJson(one, { ...team, now: missed.at })),
    text: textOf({ type: 'missed_now', missed }, team, context),
  };
}

const read = route({
  method: 'GET',
  path: '/api/v1/summary',
  scope: 'read',
  tag: 'Summaries',
  summary: 'What is missed now, or how the last day or week was',
  query: summaryQuery,
  answer: summaryAnswer,
  async handle(request, context) {
    const { database, clock } = context;
    const { period } = request.query;
    const team = await teamOf(request, context);
    const now = clock.now();
    if (period === 'now') {
      const missed = await gatherMissed(database, team.id, now, MAX_MISSED_LISTED);
      return { body: missedJson(missed, team, context) as never };
    }
    const summary = await gatherSummary(database, team.id, period, periodUntil(period, now, team.timezone));
    return { body: { ...summaryJson(summary), text: textOf({ type: 'summary', summary }, team, context) } as never };
  },
});

export const summaryRoutes: readonly Route[] = [read];
