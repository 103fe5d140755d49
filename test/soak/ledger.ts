import { createHistogram, type Histogram, type LatencySummary } from '../bench/histogram.ts';

/** What was sent and what was answered, to be compared with what is stored. */
export interface Ledger {
  /** A ping that was answered; 0: nobody knows whether it was stored. */
  ping(status: number, ms: number): void;
  /** A call of the API, by a name for it. */
  call(name: string, status: number): void;
  incident(monitorId: string): void;
  event(): void;
  /** Answers and latencies since it was asked last. */
  interval(): { readonly pings: number; readonly latencyMs: LatencySummary };
  readonly acknowledged: number;
  readonly unanswered: number;
  /** Pings and calls that were answered with what nobody expected, by answer. */
  readonly refused: ReadonlyMap<string, number>;
  readonly calls: number;
  readonly events: number;
  /** How many incidents there must be, by monitor. */
  readonly incidents: ReadonlyMap<string, number>;
  readonly latencyMs: LatencySummary;
}

const isGood = (status: number) => status >= 200 && status < 300;
const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);

export function createLedger(): Ledger {
  const refused = new Map<string, number>();
  const incidents = new Map<string, number>();
  const whole = createHistogram();
  let recent: Histogram = createHistogram();
  let recentPings = 0;
  let acknowledged = 0;
  let unanswered = 0;
  let calls = 0;
  let events = 0;
  return {
    ping(status, ms) {
      if (status === 0) unanswered += 1;
      if (!isGood(status)) return void count(refused, `ping ${status}`);
      acknowledged += 1;
      recentPings += 1;
      whole.record(ms);
      recent.record(ms);
    },
    call(name, status) {
      calls += 1;
      if (!isGood(status)) count(refused, `${name} ${status}`);
    },
    incident: (monitorId) => void count(incidents, monitorId),
    event: () => {
      events += 1;
    },
    interval() {
      const answer = { pings: recentPings, latencyMs: recent.summary() };
      recent = createHistogram();
      recentPings = 0;
      return answer;
    },
    get acknowledged() {
      return acknowledged;
    },
    get unanswered() {
      return unanswered;
    },
    get calls() {
      return calls;
    },
    get events() {
      return events;
    },
    get latencyMs() {
      return whole.summary();
    },
    refused,
    incidents,
  };
}
