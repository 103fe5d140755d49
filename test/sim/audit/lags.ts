import type { Fault, SentPing } from '../ledger.ts';
import type { IncidentRow, NoticeRow } from '../queries.ts';
import type { Simulated } from '../simulation.ts';
import type { Finding } from './finding.ts';

/** Found within a second of its deadline, and the first attempt to tell within another. */
const LIMIT_MS = 1_000;
/** What a slow receiver was busy with is over so long after it has become well. */
const SLOW_ENDS_AFTER_MS = 60_000;
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
  const reportsOf = Map.groupBy(reports, ({ monitor }) => monitor);
  /** From when on it could be known: a report that came late tells of a fail, or of a start whose limit is over. */
  const knownFrom = (monitor: number | null, { opened_at: openedAt, detected_at: detectedAt }: IncidentRow) => {
    const told = (reportsOf.get(monitor ?? -1) ?? []).flatMap(({ reportedAt, receivedAt, result }) =>
      result === 'stored' && receivedAt !== null && receivedAt <= detectedAt && (reportedAt ?? receivedAt) <= openedAt
        ? [receivedAt]
        : [],
    );
    return Math.max(openedAt, ...told);
  };
  const offsets = [...new Set(sight.watching.map(({ offset }) => offset))];
  const openings = Map.groupBy(
    notices.filter(({ kind, form }) => kind === 'opened' && form === 'single'),
    (row) => row.subject_id,
  );
  for (const incident of incidents) {
    const monitor = indexById.get(incident.monitor_id) ?? null;
    if (isNear(faults.log, offsets, incident.opened_at, incident.detected_at)) continue;
    const lag = incident.detected_at - knownFrom(monitor, incident);
    detection.push(lag);
    if (lag > LIMIT_MS) {
      const text = `${incident.cause_code} at ${new Date(incident.opened_at).toISOString()} was found after ${lag} ms`;
      findings.push({ kind: 'late detection', monitor, text });
    }
    for (const row of openings.get(incident.id) ?? []) {
      const attempt = receivers.firstAttempts.get(row.delivery_id);
      // An opening that waits behind others to a place in trouble is not late by itself.
      const isWell = attempt !== undefined && attempt.wellSince !== null;
      if (!isWell || attempt.at - attempt.wellSince < SLOW_ENDS_AFTER_MS) continue;
      const waited = attempt.serverAt - row.created_at;
      firstAttempt.push(waited);
      if (waited > LIMIT_MS) {
        const text = `${row.channel} was first told of ${incident.cause_code} at ${new Date(incident.opened_at).toISOString()} after ${waited} ms`;
        findings.push({ kind: 'late detection', monitor, text });
      }
    }
  }
  return { detection, firstAttempt, findings };
}
