import type { HistoryPart, MonitorHistory } from '../../api/types.ts';
import { LEAST_SHARE, USUAL_SHARE } from '../overview/beats.ts';

/** How much of a bar is red at least, where one of many failed: it has to be seen. */
const LEAST_BAD_SHARE = 0.34;

export interface PartHeight {
  readonly share: number;
  readonly badShare?: number;
}

/** How high a part's bar is: the length of its runs against the usual; and how much of it was bad. */
export function heightOf(part: HistoryPart, usual: MonitorHistory['usual_seconds']): PartHeight {
  const { outcome, good, failed, missed, median_seconds: median } = part;
  if (outcome === 'paused' || outcome === 'down') return { share: LEAST_SHARE };
  const bad = failed + missed;
  if (good === 0) return { share: outcome === 'running' ? USUAL_SHARE : 1 };
  const share =
    median === null || usual === null || usual === 0
      ? USUAL_SHARE
      : Math.min(1, Math.max(LEAST_SHARE, (median / usual) * USUAL_SHARE));
  return bad === 0 ? { share } : { share, badShare: Math.max(LEAST_BAD_SHARE, bad / (bad + good)) };
}
