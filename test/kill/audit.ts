import type { Database } from '../../src/store/database.ts';
import { sql } from '../harness/fixtures.ts';
import type { Ledger } from './caller.ts';
import type { Told } from './listener.ts';
import type { LoadFacts } from './load.ts';

/** A stretch of the harness's own knowledge, on the wall clock that PostgreSQL reads as well. */
export interface Stretch {
  readonly what: string;
  readonly from: number;
  readonly to: number;
}

export interface AuditFacts {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly load: LoadFacts;
  readonly told: readonly Told[];
  /** Times in which surely no node could commit a ping. */
  readonly outages: readonly Stretch[];
  /** Every fault, from its beginning until all was well again. */
  readonly faults: readonly Stretch[];
  /** What this machine itself stood still at the most, in milliseconds. */
  readonly stallMs: number;
}

export interface AuditResult {
  readonly violations: readonly string[];
  /** What was looked at, for the last line. */
  readonly counts: Readonly<Record<string, number>>;
}

/** A gap is recorded from this long on (RULES §4); shorter ones need not be. */
const SURELY_A_GAP_MS = 4_000;
/** What one node knows of its own blindness is known to all after this: a sign of life each second. */
const GAP_TOLD_WITHIN_MS = 2_000;
/** A silence is found this long after its deadline (promise 3). */
const FOUND_WITHIN_MS = 1_000;
/** What a node held that was frozen or cut off goes on with another one within this. */
export const RECOVERED_WITHIN_MS = 15_000;
/** A ping counts for a slot that it is a tenth of the period too early for; our periods are short. */
const EARLY_PER_SECOND_MS = 100;
/** A node's clock follows the database's (which is ours here) as closely as a sample takes on a busy machine. */
const CLOCK_MS = 250;

/** Compares ledger, database and receiver once everything has settled. */
export async function audit(facts: AuditFacts): Promise<AuditResult> {
  const parts = await Promise.all([
    auditPings(facts),
    auditCounts(facts),
    auditTimes(facts),
    auditRuns(facts),
    auditIncidents(facts),
    auditSilences(facts),
    auditGaps(facts),
    auditDeliveries(facts),
    auditLeftovers(facts),
  ]);
  const violations = parts.flat();
  return {
    violations,
    counts: {
      pings: facts.ledger.length,
      acknowledged: facts.ledger.filter((ping) => ping.ackedAt !== null).length,
      silences: facts.load.silent.length,
      runs: facts.load.runs.length,
      told: facts.told.length,
    },
  };
}

const idsOf = ({ load }: AuditFacts) => load.monitors.map((monitor) => monitor.id);

/** V1: every acknowledged ping is stored once, and no other one more than once. */
async function auditPings(facts: AuditFacts): Promise<string[]> {
  const rows = await sql<{ name: string; monitor_id: string; count: number }>(
    facts.database,
    `SELECT user_agent AS name, monitor_id::text, count(*) FROM signal WHERE monitor_id = ANY ($1) GROUP BY 1, 2`,
    [idsOf(facts)],
  );
  const stored = new Map(rows.map((row) => [`${row.monitor_id} ${row.name}`, row.count]));
  const sent = new Set(facts.ledger.map((ping) => `${ping.monitorId} ${ping.name}`));
  return [
    ...facts.ledger
      .filter((ping) => ping.ackedAt !== null && !stored.has(`${ping.monitorId} ${ping.name}`))
      .map((ping) => `V1: ${ping.name} was acknowledged and is not stored`),
    ...rows.filter((row) => row.count !== 1).map((row) => `V1: ${row.name} is stored ${row.count} times`),
    ...[...stored.keys()].filter((name) => !sent.has(name)).map((name) => `V1: ${name} is stored and was never sent`),
  ];
}

/** V1: each monitor has counted what its log holds, without a hole. */
async function auditCounts(facts: AuditFacts): Promise<string[]> {
  const rows = await sql<{ monitor_id: string; counted: number; logged: number; last: number }>(
    facts.database,
    `SELECT s.monitor_id::text, s.signal_count AS counted, count(g.n) AS logged, coalesce(max(g.n), 0) AS last
      FROM monitor_state s LEFT JOIN signal g ON g.monitor_id = s.monitor_id
      WHERE s.monitor_id = ANY ($1) GROUP BY s.monitor_id, s.signal_count`,
    [idsOf(facts)],
  );
  return rows
    .filter((row) => row.counted !== row.logged || row.last !== row.logged)
    .map((row) => `V1: ${row.monitor_id} counted ${row.counted}, its log has ${row.logged} up to number ${row.last}`);
}

/** V8: what is expected comes after what was heard; nothing ends before it began, or begins before its predecessor ended. */
async function auditTimes(facts: AuditFacts): Promise<string[]> {
  const rows = await sql<{ what: string }>(
    facts.database,
    `SELECT 'monitor ' || monitor_id || ' expects what was heard already' AS what FROM monitor_state
        WHERE monitor_id = ANY ($1) AND expected_at <= last_signal_at
      UNION ALL SELECT 'run ' || id || ' ended before it began' FROM run
        WHERE monitor_id = ANY ($1) AND ended_at < started_at
      UNION ALL SELECT 'incident ' || id || ' ended or was found before it began' FROM incident
        WHERE monitor_id = ANY ($1) AND (resolved_at < opened_at OR detected_at < opened_at)
      UNION ALL SELECT 'incident ' || id || ' began before its predecessor ended' FROM (
        SELECT id, opened_at, lag(resolved_at) OVER (PARTITION BY monitor_id ORDER BY id) AS before
        FROM incident WHERE monitor_id = ANY ($1)) AS i WHERE opened_at < before`,
    [idsOf(facts)],
  );
  return rows.map((row) => `V8: ${row.what}`);
}

/** Each run whose start and end were acknowledged is one run, ended well, with both ends. */
async function auditRuns(facts: AuditFacts): Promise<string[]> {
  const rows = await sql<{ run_id: string; state: string; whole: boolean; count: number }>(
    facts.database,
    `SELECT run_id, min(state) AS state, bool_and(started_at IS NOT NULL AND ended_at >= started_at) AS whole, count(*)
      FROM run WHERE run_id = ANY ($1) GROUP BY run_id`,
    [facts.load.runs.map((run) => run.runId)],
  );
  const byId = new Map(rows.map((row) => [row.run_id, row]));
  return facts.load.runs.flatMap(({ runId }) => {
    const row = byId.get(runId);
    const isRight = row !== undefined && row.count === 1 && row.state === 'succeeded' && row.whole;
    return isRight ? [] : [`V1: the run ${runId} is ${JSON.stringify(row ?? 'missing')}`];
  });
}

interface IncidentRow extends Record<string, unknown> {
  readonly id: string;
  readonly monitor_id: string;
  readonly cause_code: string;
  readonly expected_at: number | null;
  readonly opened_at: number;
  readonly detected_at: number;
  readonly resolved_at: number | null;
  readonly period_seconds: number;
  readonly grace_seconds: number;
  readonly excused: boolean;
}

/** Where toApiJson is not in between, instants in a cause are numbers. */
function readIncidents(facts: AuditFacts): Promise<IncidentRow[]> {
  return sql<IncidentRow>(
    facts.database,
    `SELECT i.id::text, i.monitor_id::text, i.cause_code, (i.cause_data->>'expectedAt')::bigint AS expected_at,
      i.opened_at, i.detected_at, i.resolved_at, m.period_seconds, m.grace_seconds,
      EXISTS (SELECT 1 FROM slot_note n WHERE n.monitor_id = i.monitor_id AND n.note = 'unknown'
        AND n.slot_at < i.opened_at) AS excused
      FROM incident i JOIN monitor m ON m.id = i.monitor_id WHERE i.monitor_id = ANY ($1) ORDER BY i.id`,
    [idsOf(facts)],
  );
}

/** V2, V4: as many incidents as fails; nobody called missing who had called, or while nobody could hear it. */
async function auditIncidents(facts: AuditFacts): Promise<string[]> {
  const [rows, gaps] = await Promise.all([readIncidents(facts), readGaps(facts)]);
  const blind = [...gaps, ...facts.outages.filter(({ from, to }) => to - from >= SURELY_A_GAP_MS)];
  const found: string[] = [];
  for (const [monitorId, incidents] of Map.groupBy(rows, (row) => row.monitor_id)) {
    if (incidents.filter((row) => row.resolved_at === null).length > 1) found.push(`V2: ${monitorId} has two open`);
  }
  for (const [monitorId, fails] of facts.load.flaps) {
    const failed = rows.filter((row) => row.monitor_id === monitorId && row.cause_code === 'failed');
    const open = failed.filter((row) => row.resolved_at === null);
    if (failed.length !== fails || open.length > 0) {
      found.push(
        `V2: ${monitorId} failed and recovered ${fails} times: ${failed.length} incidents, ${open.length} open`,
      );
    }
  }
  for (const row of rows.filter(({ cause_code }) => cause_code === 'missed')) {
    found.push(...faultsOfMissed(row, facts, blind));
  }
  return found;
}

function faultsOfMissed(row: IncidentRow, { ledger }: AuditFacts, blind: readonly Stretch[]): string[] {
  const heard = ledger.filter(
    (ping) => ping.monitorId === row.monitor_id && ping.ackedAt !== null && ping.ackedAt <= row.opened_at,
  );
  const lastAt = Math.max(0, ...heard.map((ping) => ping.sentAt));
  const found: string[] = [];
  const soonest = lastAt + (row.period_seconds + row.grace_seconds) * 1_000;
  if (row.opened_at < soonest - CLOCK_MS) {
    found.push(`V4: incident ${row.id} opened at ${row.opened_at}, a ping moved the deadline to ${soonest}`);
  }
  const from = (row.expected_at ?? row.opened_at) - row.period_seconds * EARLY_PER_SECOND_MS;
  // A gap that a node wrote later (it was frozen, thawed, and refused a ping) could not be known to who judged.
  const known = blind.filter(({ to }) => to <= row.detected_at - GAP_TOLD_WITHIN_MS);
  const touching = known.filter((stretch) => stretch.from <= row.opened_at && stretch.to >= from);
  if (touching.length > 0 && !row.excused) {
    found.push(`V4: incident ${row.id} is of a slot that was touched by ${touching[0]?.what}, and none was excused`);
  }
  return found;
}

async function readGaps({ database }: AuditFacts, kinds: readonly string[] = ['ingest', 'clock']): Promise<Stretch[]> {
  const rows = await sql<{ from_at: number; to_at: number; kind: string }>(
    database,
    'SELECT from_at, to_at, kind FROM gap WHERE kind = ANY ($1)',
    [kinds],
  );
  return rows.map((row) => ({ what: `a gap (${row.kind})`, from: row.from_at, to: row.to_at }));
}

/** V5: who fell silent was found, in time where nothing was broken. */
async function auditSilences(facts: AuditFacts): Promise<string[]> {
  const [rows, gaps] = await Promise.all([readIncidents(facts), readGaps(facts, ['ingest', 'clock', 'watch'])]);
  const byMonitor = Map.groupBy(rows, (row) => row.monitor_id);
  const disturbances = [...facts.faults.map((fault) => ({ ...fault, to: fault.to + RECOVERED_WITHIN_MS })), ...gaps];
  return facts.load.silent.flatMap(({ monitor }) => {
    const [incident, ...more] = byMonitor.get(monitor.id) ?? [];
    if (incident === undefined) return [`V5: ${monitor.id} fell silent and was not found`];
    if (more.length > 0) return [`V2: ${monitor.id} fell silent once and has ${more.length + 1} incidents`];
    const touching = disturbances.filter(
      ({ from, to }) => from <= incident.opened_at + FOUND_WITHIN_MS && to >= incident.opened_at,
    );
    const from = Math.max(incident.opened_at, ...touching.map(({ to }) => to));
    const lateMs = incident.detected_at - from;
    return lateMs <= FOUND_WITHIN_MS + facts.stallMs ? [] : [`V5: ${monitor.id} was found ${lateMs} ms too late`];
  });
}

/** Promise 3: when nobody could take pings for long, that is written down. */
async function auditGaps(facts: AuditFacts): Promise<string[]> {
  const gaps = await readGaps(facts);
  return facts.outages
    .filter(({ from, to }) => to - from >= SURELY_A_GAP_MS)
    .filter(({ from, to }) => !gaps.some((gap) => gap.from <= from + 1_000 && gap.to >= to - 1_000))
    .map(({ what, from, to }) => `V4: nobody took pings for ${to - from} ms (${what}), and no gap says so`);
}

/** V3, V9: each notice told, by one key, in order; doubled only where a fault fell into the sending. */
async function auditDeliveries(facts: AuditFacts): Promise<string[]> {
  const found: string[] = [];
  const notices = await sql<{
    kind: string;
    incident_id: string;
    state: string;
    delivery_id: string;
    resolution: string | null;
  }>(
    facts.database,
    `SELECT n.kind, n.subject_id::text AS incident_id, d.state, d.id::text AS delivery_id, i.resolution FROM notice n
      JOIN delivery d ON d.id = n.delivery_id JOIN incident i ON i.id = n.subject_id
      WHERE i.monitor_id = ANY ($1)`,
    [idsOf(facts)],
  );
  const accepted = facts.told.filter((told) => told.accepted);
  const perNotice = Map.groupBy(facts.told, (told) => `${told.incidentId} ${told.channel} ${told.type}`);
  for (const [what, tellings] of perNotice) {
    const keys = new Set(tellings.map((told) => told.key));
    if (keys.size > 1) found.push(`V3: ${what} was told under ${keys.size} keys: ${[...keys].join(', ')}`);
    const [first, second] = tellings.filter((told) => told.accepted);
    const isExcused = facts.faults.some(({ from, to }) => from <= (second?.at ?? 0) && to >= (first?.at ?? 0));
    if (second !== undefined && !isExcused) found.push(`V3: ${what} was told twice, and nothing was broken`);
  }
  for (const resolved of accepted.filter((told) => told.type === 'incident.resolved')) {
    const isAfter = accepted.some(
      (told) =>
        told.type === 'incident.opened' &&
        told.channel === resolved.channel &&
        told.incidentId === resolved.incidentId &&
        told.at <= resolved.at,
    );
    if (!isAfter) found.push(`V3: the end of ${resolved.incidentId} was told before its beginning`);
  }
  const heard = new Set(accepted.map((told) => `${told.incidentId} ${told.type}`));
  for (const notice of notices) {
    const isTold = heard.has(`${notice.incident_id} incident.${notice.kind}`);
    if (notice.state === 'sent' && !isTold)
      found.push(`V3: delivery ${notice.delivery_id} counts as sent, and was not`);
    // What is taken back before it was told is not told.
    if (notice.state !== 'sent' && notice.resolution !== 'withdrawn')
      found.push(`V3: ${notice.kind} of ${notice.incident_id} ended ${notice.state}`);
  }
  const told = new Set(notices.map((notice) => `${notice.incident_id} ${notice.kind}`));
  for (const row of await readIncidents(facts)) {
    if (!told.has(`${row.id} opened`)) found.push(`V3: nobody was told of incident ${row.id}`);
    if (row.resolved_at !== null && !told.has(`${row.id} resolved`))
      found.push(`V3: nobody was told of its end ${row.id}`);
  }
  return found;
}

/** V9: nothing is claimed by somebody who is no more, no transaction stands open, nothing waits that is due. */
async function auditLeftovers({ database }: AuditFacts): Promise<string[]> {
  const [row] = await sql<{ sending: number; faults: number; open: number }>(
    database,
    `SELECT (SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending', 'retry')) AS sending,
      (SELECT count(*) FROM monitor_state WHERE fault IS NOT NULL) AS faults,
      (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND xact_start < clock_timestamp() - interval '20 s') AS open`,
  );
  return [
    ...(row?.sending === 0 ? [] : [`V9: ${row?.sending} deliveries are not over`]),
    ...(row?.faults === 0 ? [] : [`V7: ${row?.faults} monitors could not be judged`]),
    ...(row?.open === 0 ? [] : [`V9: ${row?.open} transactions stand open`]),
  ];
}
