import type { NoticeRow } from '../queries.ts';
import type { Simulated } from '../simulation.ts';
import type { Finding } from './finding.ts';

/** A hole this long is a gap. */
const MIN_GAP_MS = 3_000;
/** A sign of life every second, and the time to start or to notice. */
const EDGE_MS = 4_000;
const LONG_GAP_MS = 60_000;
const iso = (at: number) => new Date(at).toISOString();

/**
 * Against the truth: every time in which nobody could take pings is recorded, and nothing is recorded that was not. So
 * that a product that calls itself blind at every turn cannot pass by it.
 */
export function auditGaps(simulated: Simulated, notices: readonly NoticeRow[]): Finding[] {
  const { sight, faults, cluster } = simulated;
  const findings: Finding[] = [];
  const find = (text: string) => findings.push({ kind: 'gap', monitor: null, text });
  const final = sight.gaps.filter(({ knownUntil }) => knownUntil === Number.POSITIVE_INFINITY);
  const hasSteps = faults.log.some(({ name }) => name.includes('steps by'));
  // Where the clock stepped, server time and true time cannot be compared here.
  if (!hasSteps) {
    for (const { from, to } of sight.outages) {
      if (to - from < MIN_GAP_MS + 2_500) continue;
      const isCovered = final.some((gap) => gap.kind === 'ingest' && gap.from <= from + 50 && gap.to >= to - 50);
      if (!isCovered) find(`no gap stands for ${iso(from)} – ${iso(to)}, when no ping could be taken`);
    }
    for (const gap of final) {
      const isExplained = faults.log.some(
        (fault) => gap.from >= fault.from - EDGE_MS && gap.to <= fault.to + 2 * EDGE_MS,
      );
      if (!isExplained) find(`a gap (${gap.kind}) stands for ${iso(gap.from)} – ${iso(gap.to)}, and nothing was wrong`);
    }
  }
  const channels = new Set(notices.map(({ channel }) => channel));
  const isAnybodyArmed = cluster.sent.some(({ result }) => result === 'stored');
  for (const gap of final) {
    if (gap.kind === 'watch' || gap.to - gap.from < LONG_GAP_MS || !isAnybodyArmed) continue;
    for (const channel of channels) {
      const count = notices.filter((row) => row.subject_id === gap.id && row.channel === channel).length;
      if (count !== 1) find(`${channel} has ${count} notices of the gap ${iso(gap.from)} – ${iso(gap.to)}`);
    }
  }
  return findings;
}
