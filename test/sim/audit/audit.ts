import type { Database } from '../../../src/store/database.ts';
import type { Story } from '../oracle/story.ts';
import { countImpossible, readIncidents, readNotices } from '../queries.ts';
import type { Simulated } from '../simulation.ts';
import type { Finding } from './finding.ts';
import { auditGaps } from './gaps.ts';
import { compareIncidents } from './incidents.ts';
import { type Lags, measureLags } from './lags.ts';
import { auditNotices, type NoticeCounts } from './notices.ts';
import { storyOf } from './stories.ts';

export interface Audited {
  readonly findings: readonly Finding[];
  readonly incidents: number;
  readonly signals: number;
  readonly excusedSlots: number;
  readonly undecided: number;
  readonly notices: NoticeCounts;
  readonly lags: Lags;
  readonly stories: ReadonlyMap<number, Story>;
}

/** Compares what the product wrote and told with what it must have, by the ledger and the oracle. */
export async function audit(simulated: Simulated, database: Database): Promise<Audited> {
  const [incidents, notices] = await Promise.all([readIncidents(database), readNotices(database)]);
  const byMonitor = Map.groupBy(incidents, (incident) => incident.monitor_id);
  const sent = Map.groupBy(simulated.cluster.sent, (ping) => ping.monitor);
  const findings: Finding[] = [];
  const stories = new Map<number, Story>();
  const warned = new Set(notices.filter(({ kind }) => kind === 'warning').map(({ subject_id }) => subject_id));
  let [signals, excusedSlots, undecided] = [0, 0, 0];
  for (const monitor of simulated.monitors) {
    const told = await storyOf(simulated, monitor, sent.get(monitor.index) ?? [], database);
    const compared = compareIncidents(monitor.index, told.story, byMonitor.get(monitor.id) ?? []);
    findings.push(...told.findings, ...compared.findings);
    stories.set(monitor.index, told.story);
    signals += told.story.happenings.length - monitor.people.length;
    excusedSlots += compared.verdict.excusedSlots.length;
    undecided += compared.verdict.undecided;
    if (compared.verdict.neverHeard !== warned.has(monitor.id)) {
      const text = compared.verdict.neverHeard
        ? 'nobody said that it was never heard from'
        : 'said never to be heard from';
      findings.push({
        kind: compared.verdict.neverHeard ? 'missed notice' : 'false alarm',
        monitor: monitor.index,
        text,
      });
    }
  }
  const told = auditNotices(simulated, incidents, notices);
  const reports = simulated.cluster.sent.filter(({ reportedAt }) => reportedAt !== null);
  const lags = measureLags(simulated, incidents, notices, reports);
  findings.push(...told.findings, ...auditGaps(simulated, notices), ...lags.findings);
  for (const [what, count] of Object.entries(await countImpossible(database))) {
    if (count > 0) findings.push({ kind: 'impossible', monitor: null, text: `${count} ${what}` });
  }
  return {
    findings,
    incidents: incidents.length,
    signals,
    excusedSlots,
    undecided,
    notices: told.counts,
    lags,
    stories,
  };
}
