import type { Instant } from '../../core/instant.ts';
import type { Period } from '../../core/summary/facts.ts';
import type { Missed } from '../../core/summary/missed.ts';
import { createTally, type Summary } from '../../core/summary/summary.ts';
import type { Queryable } from '../../store/database.ts';
import { countMonitors } from '../../store/monitors.ts';
import { readChannelFacts, readMissedNow, readMonitorFacts } from '../../store/summary-facts.ts';
import { readBlindTimes } from '../../store/uptime-facts.ts';

/** Monitors looked at in one statement: a team of ten thousand takes twenty of them, none long. */
const MONITORS_AT_ONCE = 500;

/** How a team did in a period that is over, or all but. */
export async function gatherSummary(
  db: Queryable,
  teamId: string,
  name: Summary['period'],
  period: Period,
): Promise<Summary> {
  const tally = createTally(name, period, await readBlindTimes(db, period.from, period.to));
  let afterId: string | null = null;
  for (;;) {
    const monitors = await readMonitorFacts(db, teamId, period, afterId, MONITORS_AT_ONCE);
    for (const monitor of monitors) tally.add(monitor);
    afterId = monitors.at(-1)?.id ?? null;
    if (monitors.length < MONITORS_AT_ONCE) break;
  }
  return tally.finish(await readChannelFacts(db, teamId, period));
}

/** What a team misses at this moment; at most `limit` monitors are named. */
export async function gatherMissed(db: Queryable, teamId: string, at: Instant, limit: number): Promise<Missed> {
  const monitors = await countMonitors(db, teamId);
  const first = await readMissedNow(db, teamId, limit);
  return { at, monitors, total: Math.max(monitors.down, first.length), first };
}
