import type { Change, RecentSignal } from '../../store/changes.ts';

/** The first words of a stream: it is open, and a reader that loses it shall come again after a second. */
export const HELLO = 'retry: 1000\n: allswell\n\n';
/** A comment: nothing happened, and the line is alive. */
export const PULSE = ':\n\n';

/** Changes as text/event-stream; what is said twice is said once. */
export function eventText(changes: readonly Change[]): string {
  const events = changes.map(
    ({ type, id, monitorId }) => `event: change\ndata: ${JSON.stringify({ type, id, monitor_id: monitorId })}\n\n`,
  );
  return [...new Set(events)].join('');
}

/** What was seen of monitors that were heard lately. */
export type SeenSignals = ReadonlyMap<string, Pick<RecentSignal, 'signalCount' | 'isLate'>>;

/** What is new in `recent`: a signal (its id is its number), or a monitor that became late. */
export function newSignals(recent: readonly RecentSignal[], seen: SeenSignals): Change[] {
  return recent.flatMap(({ teamId, monitorId, signalCount, isLate }): Change[] => {
    const before = seen.get(monitorId);
    const isHeard = before === undefined ? !isLate : before.signalCount !== signalCount;
    if (isHeard) return [{ teamId, type: 'signal', id: String(signalCount), monitorId }];
    return isLate && before?.isLate !== true ? [{ teamId, type: 'monitor', id: monitorId, monitorId }] : [];
  });
}
