/**
 * The load generator: a process of its own that speaks HTTP/1.1 over kept loopback connections and ends by itself.
 * Closed loop: each connection asks again as soon as it was answered. Open loop: requests leave at a fixed rate, and
 * their latency counts from the moment they were meant to leave, also when no connection was free then.
 * It takes its plan as JSON in the first argument and prints one line of JSON.
 */
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { createHistogram } from './histogram.ts';
import { checkInOf, pingKey } from './keys.ts';
import type { LoadPlan, LoadResult } from './load-plan.ts';

/** Answers that are still missing this long after the last request count as errors. */
const LAST_ANSWERS_WITHIN_MS = 15_000;
const TICK_MS = 1;
/** An open loop that falls behind by more than this drops requests and says so, or it would never end. */
const MAX_BEHIND = 200_000;

const plan: LoadPlan = JSON.parse(process.argv[2] ?? '');
const requests = makeRequests(plan);
const histogram = createHistogram();
const statuses: Record<string, number> = {};
let errors = 0;
let sent = 0;
let dropped = 0;
let state = 0x9e3779b9;

/** Evenly spread and quick; the same sequence in every run. */
function nextIndex(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % requests.length;
}

function makeRequests({ monitors, path, gocronFrequencySeconds: frequency }: LoadPlan): Buffer[] {
  const request = (target: string) => Buffer.from(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, 'latin1');
  if (path !== undefined) return [request(path)];
  const { first, count } = monitors ?? { first: 0, count: 1 };
  const targetOf = (index: number) =>
    frequency === undefined ? `/ping/${pingKey(index)}` : checkInOf(index, frequency);
  return Array.from({ length: count }, (_, index) => request(targetOf(first + index)));
}

/** The length of the first whole answer in `data`, or 0 when it is not whole yet. */
function answerLength(data: Buffer): number {
  const end = data.indexOf('\r\n\r\n');
  if (end < 0) return 0;
  const head = data.toString('latin1', 0, end).toLowerCase();
  const mark = head.indexOf('content-length: ');
  if (mark >= 0) {
    const length = end + 4 + Number.parseInt(head.slice(mark + 16), 10);
    return data.length >= length ? length : 0;
  }
  if (!head.includes('transfer-encoding: chunked')) return end + 4;
  const last = data.indexOf('0\r\n\r\n', end + 4);
  return last < 0 ? 0 : last + 5;
}

interface Connection {
  readonly send: (meantAt: number) => void;
  readonly close: () => void;
}

/** `onIdle` is called after each answer; `onGone` when the connection is lost. */
function open(onIdle: (connection: Connection) => void, onGone: () => void): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: plan.host, port: plan.port, noDelay: true });
    let meantAt = 0;
    let isWaiting = false;
    let rest: Buffer | null = null;
    const connection: Connection = {
      send(at) {
        meantAt = at;
        isWaiting = true;
        sent += 1;
        socket.write(requests[nextIndex()] ?? '');
      },
      close: () => socket.destroy(),
    };
    socket.on('data', (chunk: Buffer) => {
      const data = rest === null ? chunk : Buffer.concat([rest, chunk]);
      const length = answerLength(data);
      rest = length === 0 ? data : null;
      if (length === 0 || !isWaiting) return;
      isWaiting = false;
      const status = data.toString('latin1', 9, 12);
      statuses[status] = (statuses[status] ?? 0) + 1;
      histogram.record(performance.now() - meantAt);
      onIdle(connection);
    });
    socket.once('connect', () => resolve(connection));
    socket.once('error', reject);
    socket.once('close', () => {
      if (isWaiting) errors += 1;
      onGone();
    });
  });
}

async function connectAll(onIdle: (connection: Connection) => void, onGone: () => void): Promise<Connection[]> {
  const connections: Connection[] = [];
  for (let index = 0; index < plan.connections; index += 1) connections.push(await open(onIdle, onGone));
  return connections;
}

async function settled(missing: () => number): Promise<void> {
  const until = performance.now() + LAST_ANSWERS_WITHIN_MS;
  while (missing() > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
}

const answered = () => Object.values(statuses).reduce((sum, count) => sum + count, 0) + errors;

async function closedLoop(): Promise<number> {
  let until = Number.POSITIVE_INFINITY;
  const again = (connection: Connection) => {
    const now = performance.now();
    if (now < until) connection.send(now);
  };
  const connections = await connectAll(again, () => undefined);
  const from = performance.now();
  until = from + plan.seconds * 1_000;
  for (const connection of connections) connection.send(performance.now());
  await new Promise((resolve) => setTimeout(resolve, plan.seconds * 1_000));
  await settled(() => sent - answered());
  for (const connection of connections) connection.close();
  return performance.now() - from;
}

async function openLoop(perSecond: number): Promise<number> {
  const idle: Connection[] = [];
  // Moments at which requests were meant to leave and found no free connection.
  const late: number[] = [];
  let lateFrom = 0;
  const onIdle = (connection: Connection) => {
    const meantAt = late[lateFrom];
    if (meantAt === undefined) return void idle.push(connection);
    lateFrom += 1;
    connection.send(meantAt);
  };
  const connections = await connectAll(onIdle, () => undefined);
  idle.push(...connections);
  const from = performance.now();
  const total = Math.floor(plan.seconds * perSecond);
  let planned = 0;
  const tick = () => {
    const due = Math.min(total, Math.floor(((performance.now() - from) / 1_000) * perSecond));
    for (; planned < due; planned += 1) {
      const meantAt = from + (planned / perSecond) * 1_000;
      const connection = idle.pop();
      if (connection !== undefined) connection.send(meantAt);
      else if (late.length - lateFrom < MAX_BEHIND) late.push(meantAt);
      else dropped += 1;
    }
  };
  const timer = setInterval(tick, TICK_MS);
  await new Promise((resolve) => setTimeout(resolve, plan.seconds * 1_000));
  tick();
  clearInterval(timer);
  await settled(() => late.length - lateFrom + sent - answered());
  for (const connection of connections) connection.close();
  return performance.now() - from;
}

const cpuBefore = process.cpuUsage();
const tookMs = plan.perSecond === undefined ? await closedLoop() : await openLoop(plan.perSecond);
const { user, system } = process.cpuUsage(cpuBefore);
const ok = Object.entries(statuses).reduce((sum, [status, count]) => sum + (status.startsWith('2') ? count : 0), 0);
const result: LoadResult = {
  sent,
  ok,
  statuses,
  errors: errors + dropped,
  seconds: tookMs / 1_000,
  perSecond: (ok * 1_000) / tookMs,
  latencyMs: histogram.summary(),
  cpuSeconds: (user + system) / 1e6,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
