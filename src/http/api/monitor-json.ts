import type { z } from 'zod';
import type { Cause } from '../../core/cause.ts';
import { type Instant, SECOND_MS } from '../../core/instant.ts';
import { causeToJson } from '../../core/language/cause-json.ts';
import type { Language } from '../../core/language/language.ts';
import { learnedLimit } from '../../core/learned.ts';
import { isLate } from '../../core/monitor.ts';
import { isWeakKey } from '../../core/ping-names.ts';
import { describeSchedule } from '../../core/schedule/describe.ts';
import { readSchedule } from '../../core/schedule/schedule.ts';
import type { Schedule } from '../../core/schedule/types.ts';
import { nextCalendarSlot } from '../../core/timing.ts';
import type { MonitorView } from '../../store/monitors.ts';
import type { MonitorRow } from '../../store/overview.ts';
import { scheduleOf } from '../../watch/definitions.ts';
import { iso, isoOrNull } from './common.ts';
import type { causeAnswer } from './incidents-schema.ts';
import type { monitorAnswer, monitorRowAnswer } from './monitors-schema.ts';
import type { scheduleAnswer } from './schedules-schema.ts';

/** For whom a monitor is shown: the team's words and zone, and whether secrets may be seen. */
export interface Viewer {
  readonly language: Language;
  readonly timezone: string;
  readonly now: Instant;
  readonly pingUrl: string;
  readonly showsSecrets: boolean;
}

export function causeJson(code: string, data: unknown, viewer: Pick<Viewer, 'language' | 'timezone' | 'now'>) {
  // Written by us as a whole: code and data belong together.
  const cause = { code, data } as Cause;
  return causeToJson(cause, viewer.language, viewer.timezone, viewer.now) as z.input<typeof causeAnswer>;
}

export function scheduleJson(schedule: Schedule, language: Language): z.input<typeof scheduleAnswer> {
  return { ...schedule, description: describeSchedule(schedule, language) };
}

function urls(view: MonitorView, viewer: Viewer) {
  if (!viewer.showsSecrets) return {};
  const { ping_key: key } = view;
  const base = `${viewer.pingUrl}/ping`;
  const common = { ping_url: `${base}/${key}`, weak_key: isWeakKey(key) };
  if (view.kind === 'heartbeat') return common;
  return {
    ...common,
    start_url: `${base}/start/${key}/start`,
    end_url: `${base}/end/${key}/end`,
    fail_url: `${base}/${key}/fail`,
  };
}

function limits(view: MonitorView) {
  if (view.kind === 'heartbeat') return { grace_seconds: view.grace_seconds };
  const { start_grace_seconds, max_run_seconds, learn } = view;
  return { start_grace_seconds, max_run_seconds, learn };
}

/** When a monitor is expected next. One that is down was not told anything since: what the calendar says next, not what it missed. */
export function nextExpected(
  view: Pick<MonitorView, 'status' | 'expected_at'>,
  schedule: Schedule | null,
  now: Instant,
): Instant | null {
  if (view.status === 'paused' || view.expected_at === null) return null;
  if (view.status !== 'down' || view.expected_at > now || schedule === null) return view.expected_at;
  const parsed = readSchedule(schedule);
  return parsed.ok ? nextCalendarSlot(parsed.schedule, now) : null;
}

function learned(view: MonitorView) {
  const limit = view.learn ? learnedLimit(view.good_durations_ms) : null;
  return limit === null ? null : { usual_seconds: limit.usualMs / SECOND_MS, limit_seconds: limit.limitMs / SECOND_MS };
}

function openIncident(view: MonitorRow, viewer: Omit<Viewer, 'pingUrl' | 'showsSecrets'>) {
  if (view.incident_id === null || view.cause_code === null || view.opened_at === null) return null;
  return {
    id: view.incident_id,
    cause: causeJson(view.cause_code, view.cause_data, viewer),
    opened_at: iso(view.opened_at),
  };
}

/** A monitor as one of many: what a list of them shows, and no more. */
export function rowJson(
  row: MonitorRow,
  viewer: Omit<Viewer, 'pingUrl' | 'showsSecrets'>,
): z.input<typeof monitorRowAnswer> {
  const schedule = scheduleOf(row);
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    slug: row.slug,
    tags: row.tags,
    description: row.description,
    schedule,
    channels: row.channel_ids ?? 'all',
    site_id: row.site_id,
    status: row.status,
    late: isLate({ status: row.status, expectedAt: row.expected_at }, viewer.now),
    running: row.is_running === true,
    paused: row.pause_mode === null ? null : { mode: row.pause_mode, until: isoOrNull(row.pause_until) },
    next_expected_at: isoOrNull(nextExpected(row, schedule, viewer.now)),
    last_signal_at: isoOrNull(row.last_signal_at),
    incident: openIncident(row, viewer),
  };
}

/** A monitor as the API shows it. */
export function monitorJson(view: MonitorView, viewer: Viewer): z.input<typeof monitorAnswer> {
  const schedule = scheduleOf(view);
  const isWatched = view.status === 'new' || view.status === 'up';
  return {
    id: view.id,
    kind: view.kind,
    name: view.name,
    slug: view.slug,
    tags: view.tags,
    description: view.description,
    schedule: schedule === null ? null : scheduleJson(schedule, viewer.language),
    ...limits(view),
    fail_after: view.fail_after,
    armed_from: view.armed_from,
    channels: view.channel_ids ?? 'all',
    site_id: view.site_id,
    status: view.status,
    late: isLate({ status: view.status, expectedAt: view.expected_at }, viewer.now),
    running: view.is_running === true,
    paused: view.pause_mode === null ? null : { mode: view.pause_mode, until: isoOrNull(view.pause_until) },
    ...urls(view, viewer),
    next_expected_at: isoOrNull(nextExpected(view, schedule, viewer.now)),
    due_at: isoOrNull(isWatched ? view.due_at : null),
    last_signal_at: isoOrNull(view.last_signal_at),
    last_success_at: isoOrNull(view.last_success_at),
    signal_count: view.signal_count,
    fail_streak: view.fail_streak,
    incident: openIncident(view, viewer),
    learned_limit: learned(view),
    fault: view.fault,
    origin:
      view.origin_dialect === null || view.origin_key === null
        ? null
        : { dialect: view.origin_dialect, key: view.origin_key },
    created_at: iso(view.created_at),
    updated_at: iso(view.updated_at),
  };
}
