import { type Case, makeCase, type World } from './cases.ts';
import { createChance } from './chance.ts';
import { talk } from './exchange.ts';
import type { Scene } from './scene.ts';
import type { Report } from './server.ts';
import { describedTargets, type OpenApi, OTHER_TARGETS } from './targets.ts';

/** A right client waits as long; on a loaded machine too. */
const ANSWER_WITHIN_MS = 25_000;
/** Connections at a time. */
const AT_ONCE = 4;
/** After so many cases the things are made anew, and the server is looked at. */
export const CASES_PER_ROUND = 200;
/** What a run may leave in memory besides its monitors, after a collection of garbage. */
const MAX_GROWTH_BYTES = 64_000_000;
/** Rounds until code and caches are warm. */
const WARM_ROUNDS = 2;
/** One request must not keep the others waiting for longer. Named by the reports, on a quiet machine. */
const SLOWEST_SHOWN = 5;

export interface Finding {
  readonly case: number | null;
  readonly what: string;
}

export interface Outcome {
  readonly cases: number;
  readonly findings: readonly Finding[];
  readonly statuses: ReadonlyMap<number, number>;
  readonly slowest: readonly { readonly case: number; readonly name: string; readonly tookMs: number }[];
  readonly longestBlockMs: number;
  readonly growthBytes: number;
}

export interface Options {
  readonly scene: Scene;
  readonly seed: number;
  readonly seconds: number;
  /** Only this one. */
  readonly only?: number;
  readonly onFinding?: (finding: Finding, bytes: Buffer | null) => void;
}

const MAX_FINDINGS = 20;

/** Runs cases one after another, a few at a time, until the time is over or too much is wrong. */
export async function fuzz(options: Options): Promise<Outcome> {
  const { scene, seed, only } = options;
  const findings: Finding[] = [];
  const statuses = new Map<number, number>();
  let slowest: { case: number; name: string; tookMs: number }[] = [];
  let longestBlockMs = 0;
  let acknowledged = 0;
  let warm: Report | null = null;
  let growthBytes = 0;
  let next = only ?? 0;
  const until = performance.now() + options.seconds * 1_000;
  const note = (finding: Finding, bytes: Buffer | null = null) => {
    findings.push(finding);
    options.onFinding?.(finding, bytes);
  };

  const described = await readDescription(scene.node.port);
  const targets = [...describedTargets(described), ...OTHER_TARGETS];
  const before = await scene.bystander();

  const runOne = async (world: World, number: number) => {
    const made = makeCase(world, createChance(seed, number));
    const told = await talk(scene.node.port, made.saying, ANSWER_WITHIN_MS);
    for (const { status } of told.answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    slowest = [...slowest, { case: number, name: made.name, tookMs: told.tookMs }]
      .sort((a, b) => b.tookMs - a.tookMs)
      .slice(0, SLOWEST_SHOWN);
    const wrong = made.judge(told);
    if (wrong !== null) note({ case: number, what: `${made.name}: ${wrong}` }, bytesOf(made));
  };

  const lookAtServer = async (round: number) => {
    const response = await scene.ping();
    if (response.status === 200) acknowledged += 1;
    else note({ case: null, what: `a good ping was answered ${response.status}` });
    await response.body?.cancel();
    const report = await scene.node.report();
    longestBlockMs = Math.max(longestBlockMs, report.longestBlockMs);
    for (const line of report.errors) note({ case: null, what: `the log says: ${line.slice(0, 2_000)}` });
    if (round === WARM_ROUNDS) warm = report;
    if (warm !== null) growthBytes = report.heapBytes + report.externalBytes - warm.heapBytes - warm.externalBytes;
  };

  for (let round = 0; ; round += 1) {
    const world: World = { targets, components: described.components.schemas, places: await scene.renew() };
    const last = only === undefined ? next + CASES_PER_ROUND : next + 1;
    const work = async () => {
      while (next < last && performance.now() < until) {
        next += 1;
        await runOne(world, next - 1);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await lookAtServer(round);
    if (only !== undefined || findings.length >= MAX_FINDINGS || performance.now() >= until) break;
  }
  if (growthBytes > MAX_GROWTH_BYTES) note({ case: null, what: `memory grew by ${growthBytes} bytes` });
  if ((await scene.bystander()) !== before) note({ case: null, what: "another team's things were touched" });
  const stored = await scene.pings();
  if (stored !== acknowledged)
    note({ case: null, what: `${acknowledged} good pings were acknowledged, ${stored} are on disk` });
  return { cases: next - (only ?? 0), findings, statuses, slowest, longestBlockMs, growthBytes };
}

async function readDescription(port: number): Promise<OpenApi> {
  const response = await fetch(`http://127.0.0.1:${port}/api/openapi.json`);
  return (await response.json()) as OpenApi;
}

function bytesOf({ saying }: Case): Buffer {
  return Buffer.concat(saying.pieces);
}
