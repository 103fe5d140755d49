import type { Monitor, ShownStatus } from './types.ts';

/** The status as people see it: one that is due and still within grace is late, and nothing else. */
export const shownStatus = (monitor: Pick<Monitor, 'status' | 'late'>): ShownStatus =>
  monitor.late ? 'late' : monitor.status;
