import type { Gap } from '../cause.ts';
import { uptime } from '../uptime.ts';
import type { IncidentSpan, MonitorFacts, Period } from './facts.ts';

/** What one monitor adds to the totals of a summary. */
export interface Score {
  /** Good runs of all, or good slots of all where a monitor has no runs. */
  readonly good: number;
  readonly all: number;
  readonly upMs: number;
  readonly downMs: number;
  /** Incidents that touch the period, and the part of their lengths that lies in it. */
  readonly incidents: number;
  readonly incidentMs: number;
}

/** How much of an incident lies in the period. */
export function lengthWithin(incident: IncidentSpan, { from, to }: Period): number {
  return Math.max(0, Math.min(incident.resolvedAt ?? to, to) - Math.max(incident.openedAt, from));
}

const isOpenedWithin = ({ openedAt }: IncidentSpan, { from, to }: Period) => openedAt >= from && openedAt < to;

/**
 * Slots that passed unused while an incident lasted, as far as they lie in the period. Of one that is over the exact
 * number is known, and shared out evenly where it began before the period; of an open one it follows from its length.
 */
function slotsWhileDown(incident: IncidentSpan, period: Period, intervalMs: number | null): number {
  const withinMs = lengthWithin(incident, period);
  if (incident.resolvedAt === null) return intervalMs === null ? 0 : Math.floor(withinMs / intervalMs);
  const wholeMs = incident.resolvedAt - incident.openedAt;
  return wholeMs <= 0 ? 0 : Math.round((incident.missedSlots * withinMs) / wholeMs);
}

/** The share of the fails after the first that lies in the period. */
function furtherFails(incident: IncidentSpan, period: Period): number {
  const wholeMs = (incident.resolvedAt ?? period.to) - incident.openedAt;
  if (wholeMs <= 0) return incident.furtherCauses;
  return Math.round((incident.furtherCauses * lengthWithin(incident, period)) / wholeMs);
}

/** Where runs are known: each that ended counts, and so does each that should have been and was not. */
function countRuns(monitor: MonitorFacts, period: Period): Pick<Score, 'good' | 'all'> {
  let missed = 0;
  for (const incident of monitor.incidents) {
    if (incident.code !== 'missed' && incident.code !== 'not_started') continue;
    if (isOpenedWithin(incident, period)) missed += 1;
    missed += slotsWhileDown(incident, period, monitor.intervalMs);
  }
  return { good: monitor.goodRuns, all: monitor.goodRuns + monitor.badRuns + missed };
}

/** Where only signs of life are known: the slots of the time that was watched, without those that went wrong. */
function countSlots(monitor: MonitorFacts, period: Period, watchedMs: number): Pick<Score, 'good' | 'all'> {
  const { intervalMs } = monitor;
  if (intervalMs === null || intervalMs <= 0) return { good: 0, all: 0 };
  let bad = 0;
  for (const incident of monitor.incidents) {
    if (isOpenedWithin(incident, period)) bad += 1;
    bad += slotsWhileDown(incident, period, intervalMs) + furtherFails(incident, period);
  }
  const all = Math.max(bad, Math.round(watchedMs / intervalMs));
  return { good: all - bad, all };
}

/** How one monitor did in a period; `gaps` are the times in which we could not see. */
export function scoreMonitor(monitor: MonitorFacts, period: Period, gaps: readonly Gap[]): Score {
  const { upMs, downMs } = uptime({
    ...period,
    statusAtFrom: monitor.statusAtFrom,
    changes: monitor.changes,
    downs: monitor.incidents.map(({ openedAt, resolvedAt }) => ({ from: openedAt, to: resolvedAt })),
    gaps,
  });
  const hasRuns = monitor.kind === 'process' || monitor.goodRuns + monitor.badRuns > 0;
  return {
    ...(hasRuns ? countRuns(monitor, period) : countSlots(monitor, period, upMs + downMs)),
    upMs,
    downMs,
    incidents: monitor.incidents.length,
    incidentMs: monitor.incidents.reduce((sum, incident) => sum + lengthWithin(incident, period), 0),
  };
}
