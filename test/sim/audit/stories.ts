import type { Database } from '../../../src/store/database.ts';
import { numberOfAgent, type SentPing } from '../ledger.ts';
import type { SimMonitor } from '../monitors.ts';
import type { Happening, KnownGap, Story } from '../oracle/story.ts';
import { readSignals } from '../queries.ts';
import type { Simulated } from '../simulation.ts';
import type { Finding } from './finding.ts';

export interface Told {
  readonly story: Story;
  readonly findings: readonly Finding[];
}

/** The gaps in which pings could be lost, as the product recorded them. */
export function knownGaps(simulated: Simulated): KnownGap[] {
  return simulated.sight.gaps.filter(({ kind }) => kind !== 'watch');
}

/**
 * V1: what was acknowledged is there exactly once, what was refused is not. Then the story of one monitor: what the
 * server took, in its order, and what people did.
 */
export async function storyOf(
  simulated: Simulated,
  monitor: SimMonitor,
  sent: readonly SentPing[],
  database: Database,
): Promise<Told> {
  const rows = await readSignals(database, monitor.id);
  const findings: Finding[] = [];
  const find = (kind: Finding['kind'], text: string) => findings.push({ kind, monitor: monitor.index, text });
  const kept = new Map<number, number>();
  for (const row of rows) {
    const number = numberOfAgent(row.user_agent);
    kept.set(number, (kept.get(number) ?? 0) + 1);
  }
  const countedByKey = new Map<string, number>();
  for (const ping of sent) {
    const count = kept.get(ping.n) ?? 0;
    const { idempotencyKey: key } = ping;
    if (key !== null) countedByKey.set(key, (countedByKey.get(key) ?? 0) + count);
    if (count > 1) find('counted twice', `ping ${ping.n} is stored ${count} times`);
    if (ping.result === 'stored' && count === 0 && key === null)
      find('lost ping', `ping ${ping.n} was acknowledged and is not there`);
    if (ping.result === 'unknown' && count > 0) find('counted twice', `ping ${ping.n} was unknown and is there`);
  }
  for (const ping of sent) {
    const { idempotencyKey: key } = ping;
    if (key === null || ping.result !== 'stored') continue;
    const count = countedByKey.get(key) ?? 0;
    if (count === 0) find('lost ping', `ping ${ping.n} (key ${key}) was acknowledged and is not there`);
    if (count > 1) find('counted twice', `key ${key} is counted ${count} times`);
  }
  const byNumber = new Map(sent.map((ping) => [ping.n, ping]));
  const pings = rows.flatMap((row): Happening[] => {
    const ping = byNumber.get(numberOfAgent(row.user_agent));
    if (ping === undefined) {
      find('counted twice', `signal ${row.n} was never sent`);
      return [];
    }
    return [
      {
        type: 'ping',
        at: ping.settledAt,
        kind: ping.kind,
        receivedAt: row.received_at,
        reportedAt: ping.reportedAt,
        runId: ping.runId,
        now: Math.max(ping.settledNow, row.received_at),
        blind: ping.blind,
      },
    ];
  });
  const story: Story = {
    createdAt: monitor.createdAt,
    isArmedAtCreation: monitor.isArmedAtCreation,
    terms: monitor.firstTerms,
    happenings: merge(pings, monitor.people),
    gaps: knownGaps(simulated),
    watching: simulated.sight.watching,
    until: simulated.endAt,
  };
  return { story, findings };
}

/** By time; each list keeps its own order. */
function merge(pings: readonly Happening[], people: readonly Happening[]): Happening[] {
  const merged: Happening[] = [];
  let [ping, person, latest] = [0, 0, Number.NEGATIVE_INFINITY];
  for (;;) {
    const [one, other] = [pings[ping], people[person]];
    const next = one === undefined ? other : other === undefined || one.at <= other.at ? one : other;
    if (next === undefined) return merged;
    if (next === one) ping += 1;
    else person += 1;
    latest = Math.max(latest, next.at);
    merged.push({ ...next, at: latest });
  }
}
