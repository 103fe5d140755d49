import type { MonitorView } from '../../store/monitors.ts';

/** A monitor's schedule as one line, as systems that know only cron write it; null without one. */
export function scheduleText(view: Pick<MonitorView, 'expression' | 'period_seconds'>): string | null {
  if (view.expression !== null) return view.expression;
  return view.period_seconds === null ? null : `@every ${view.period_seconds}s`;
}
