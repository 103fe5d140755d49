import type { Product } from '../bench/product.ts';
import { countStored } from '../bench/seed.ts';
import { waitUntil } from '../bench/wait.ts';
import type { Told } from '../kill/listener.ts';
import type { Ledger } from './ledger.ts';
import type { Scene } from './scene.ts';

/** A webhook whose first attempts were refused is tried again for the third time 30 s later. */
const TOLD_WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 500;

export interface AuditResult {
  readonly violations: readonly string[];
  /** What was looked at, for a person. */
  readonly facts: readonly string[];
}

interface Facts {
  readonly product: Product;
  readonly scene: Scene;
  readonly ledger: Ledger;
  readonly told: readonly Told[];
}

/** Waits until nothing is to be sent any more; what is left then is a finding. */
export async function settle({ query }: Product): Promise<void> {
  const isQuiet = async () => {
    const [row] = await query<{ n: number }>('SELECT count(*)::int AS n FROM delivery WHERE finished_at IS NULL');
    return row?.n === 0;
  };
  await waitUntil(isQuiet, LOOK_EVERY_MS, TOLD_WITHIN_MS).catch(() => undefined);
}

async function auditPings({ product, ledger }: Facts): Promise<string[]> {
  const { signals, counted } = await countStored(product);
  const { acknowledged, unanswered } = ledger;
  // Nobody knows what became of those that had no answer.
  const isRight = (stored: number) => stored >= acknowledged && stored <= acknowledged + unanswered;
  return [
    ...(isRight(signals) ? [] : [`${acknowledged} pings were acknowledged, ${signals} are stored`]),
    ...(isRight(counted) ? [] : [`${acknowledged} pings were acknowledged, ${counted} are counted`]),
  ];
}

interface IncidentRow {
  readonly id: string;
  readonly monitor_id: string;
  readonly name: string;
  readonly cause_code: string;
  readonly is_open: boolean;
}

/** Each failure and each silence has its incident, nobody else has one, all are over, and all were told. */
function auditIncidents({ ledger, told }: Facts, incidents: readonly IncidentRow[]): string[] {
  const found = Map.groupBy(incidents, (incident) => incident.monitor_id);
  const violations: string[] = [];
  for (const [id, rows] of found) {
    const expected = ledger.incidents.get(id) ?? 0;
    if (rows.length === expected) continue;
    violations.push(
      `${rows[0]?.name}: ${rows.length} incidents (${rows.at(-1)?.cause_code}), ${expected} had a reason`,
    );
  }
  for (const [id, expected] of ledger.incidents) {
    if (!found.has(id)) violations.push(`monitor ${id}: no incident, ${expected} had a reason`);
  }
  const accepted = new Set(told.filter((one) => one.accepted).map(({ incidentId, type }) => `${incidentId} ${type}`));
  for (const { id, name, is_open: isOpen } of incidents) {
    if (isOpen) violations.push(`${name}: its incident is still open`);
    for (const type of isOpen ? ['incident.opened'] : ['incident.opened', 'incident.resolved']) {
      if (!accepted.has(`${id} ${type}`)) violations.push(`${name}: ${type} did not arrive`);
    }
  }
  return violations;
}

/** Compares what was sent and answered with the database and with what the receiver heard. */
export async function audit(facts: Facts): Promise<AuditResult> {
  const { product, ledger, told } = facts;
  const incidents = await product.query<IncidentRow>(
    `SELECT i.id, i.monitor_id, m.name, i.cause_code, i.resolved_at IS NULL AS is_open FROM incident i
      JOIN monitor m ON m.id = i.monitor_id ORDER BY i.id`,
  );
  const gaps = await product.query<{ ms: number }>('SELECT (to_at - from_at)::float8 AS ms FROM gap');
  const violations = [
    ...(await auditPings(facts)),
    ...auditIncidents(facts, incidents),
    ...gaps.map(({ ms }) => `a time of ${ms} ms in which nobody looked`),
    ...[...ledger.refused].map(([what, times]) => `${what}: ${times} times`),
  ];
  return {
    violations,
    facts: [
      `${ledger.acknowledged} pings acknowledged, stored and counted (${ledger.unanswered} without an answer)`,
      `${incidents.length} incidents, each with a reason, opened and resolved; ${told.length} webhooks tried`,
      `${ledger.calls} calls of the API, ${ledger.events} events heard`,
    ],
  };
}
