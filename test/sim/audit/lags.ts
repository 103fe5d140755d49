import type { Fault, SentPing } from '../ledger.ts';
import type { IncidentRow, NoticeRow } from '../queries.ts';
import type { Simulated } from '../simulation.ts';
import type { Finding } from './finding.ts';

/** Found within a second of its deadline, and the first attempt to tell within another. */
const LIMIT_MS = 1_000;
/** So long before and after a fault nothing is measured: nodes start, catch up and let go of each other's leases. */
const AROUND_FAULT_MS = 20_000;

export interface Lags {
  readonly detection: readonly number[];
  readonly firstAttempt: readonly number[];
  readonly findings: readonly Finding[];
}

/** `offsets`: all that the server's clock ever differed from the truth; near by any of them is near. */
const isNear = (faults: readonly Fault[], offsets: readonly number[], from: number, to: number) =>
  faults.some((fault) =>
    offsets.some(
      (offset) => from - offset <= fault.to + AROUND_FAULT_MS && to - offset >= fault.from - AROUND_FAULT_MS,
    ),
  );

/** How long it took, outside of faults. A late report is found out when it comes. */
export function measureLags(
  simulated: Simulated,
  incidents: readonly IncidentRow[],
  notices: readonly NoticeRow[],
  reports: readonly SentPing[],
): Lags {
  const { faults, receivers, monitors, sight } = simulated;
  const findings: Finding[] = [];
  const detection: number[] = [];
  const firstAttempt: number[] = [];
  const indexById = new Map(monitors.map(({ id, index }) => [id, index]));
  const reportedAt = new Set(reports.map(({ monitor, reportedAt: at }) => `${monitor} ${at}`));
  const offsets = [...new Set(sight.watching.map(({ offset }) => offset))];
  const openings = Map.groupBy(
    notices.filter(({ kind, form }) => kind === 'opened' && form === 'single'),
    (row) => row.subject_id,
  );
  for (const incident of incidents) {
    const monitor = indexById.get(incident.monitor_id) ?? null;
    const isLateReport = incident.cause_code === 'failed' && reportedAt.has(`${monitor} ${incident.opened_at}`);
    if (isLateReport || isNear(faults.log, offsets, incident.opened_at, incident.detected_at)) continue;
    const lag = incident.detected_at - incident.opened_at;
    detection.push(lag);
    if (lag > LIMIT_MS) {
      const text = `${incident.cause_code} at ${new Date(incident.opened_at).toISOString()} was found after ${lag} ms`;
      findings.push({ kind: 'late detection', monitor, text });
    }
    for (const row of openings.get(incident.id) ?? []) {
      const attempt = receivers.firstAttempts.get(row.delivery_id);
      // An opening that waits behind others to the same place is not late by itself.
      if (attempt !== undefined) firstAttempt.push(attempt.at - row.created_at);
    }
  }
  return { detection, firstAttempt, findings };
}
