/**
 * `npm run soak -- [--minutes n] [--per-second n] [--out FOLDER] [--write]`: the product under a mixed load for an hour,
 * looked at every few seconds; then an audit, pictures and a table. `--write` puts these into docs. Ctrl-C ends the load
 * early, and what there is by then is audited and drawn; a second one ends everything at once. Exits 1 when the audit
 * finds something.
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Product, withProduct } from '../bench/product.ts';
import { startListener } from '../kill/listener.ts';
import { createChance } from '../kill/plan.ts';
import { type AuditResult, audit, settle } from './audit.ts';
import { createClient } from './client.ts';
import { startJobs } from './jobs.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createPace } from './pace.ts';
import { startPeople } from './people.ts';
import { soakTable, writePage, writePictures } from './report.ts';
import { createSampler, type Sample } from './sample.ts';
import { makeScene } from './scene.ts';

const API_KEY = 'a-key-for-the-soak-alone-0123456789';
const SAMPLE_EVERY_MS = 5_000;
/** A line for whoever watches, every so many samples. */
const SAY_EVERY = 12;
const MAX_MINUTES = 24 * 60;
const DOCS = join(import.meta.dirname, '../../docs');

interface Plan {
  readonly minutes: number;
  readonly perSecond: number;
  readonly out: string | null;
  readonly writes: boolean;
}

interface Outcome {
  readonly samples: readonly Sample[];
  readonly result: AuditResult;
  readonly latencyMs: Ledger['latencyMs'];
}

const say = (line: string) => process.stdout.write(`${line}\n`);

function readPlan(): Plan | null {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      'per-second': { type: 'string', default: '500' },
      out: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const [minutes, perSecond] = [Number(values.minutes), Number(values['per-second'])];
  if (!(minutes > 0 && minutes <= MAX_MINUTES && perSecond > 0)) return null;
  return { minutes, perSecond, out: values.out ?? null, writes: values.write };
}

/** Aborted by the first Ctrl-C; the second one ends the process, and with it the server that it started. */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (interrupted.signal.aborted) process.exit(130);
      say('ending early; what there is will be audited');
      interrupted.abort();
    });
  }
  return interrupted.signal;
}

function show({ minutes, ...of }: Sample): string {
  return (
    `  ${minutes.toFixed(1)} min: ${of.pingsPerSecond.toFixed(0)} pings/s, p99 ${of.pingP99Ms.toFixed(1)} ms, ` +
    `server ${of.serverMb.toFixed(0)} MB ${of.serverPercent.toFixed(0)} %, ` +
    `PostgreSQL ${of.postgresMb.toFixed(0)} MB ${of.postgresPercent.toFixed(0)} %`
  );
}

async function sampleUntil(
  sample: () => Promise<Sample>,
  minutes: number,
  signal: AbortSignal,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const from = performance.now();
  for (let count = 1; !signal.aborted && performance.now() - from < minutes * 60_000; count += 1) {
    const nextAt = from + count * SAMPLE_EVERY_MS;
    await pause(Math.max(0, nextAt - performance.now()), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const taken = await sample();
    samples.push(taken);
    if (count % SAY_EVERY === 0) say(show(taken));
  }
  return samples;
}

async function soak(product: Product, plan: Plan, signal: AbortSignal): Promise<Outcome> {
  const { host, port } = product;
  const chance = createChance(1);
  const listener = await startListener(chance);
  const client = createClient(host, port, API_KEY);
  try {
    const [scene, ledger, pace] = [await makeScene(client, listener.url), createLedger(), createPace()];
    const shared = { host, port, apiKey: API_KEY, client, scene, ledger, pace, chance };
    startJobs({ ...shared, perSecond: plan.perSecond });
    startPeople(shared);
    const samples = await sampleUntil(createSampler(product, client, API_KEY, ledger), plan.minutes, signal);
    listener.behave();
    await pace.end();
    await settle(product);
    const result = await audit({ product, scene, ledger, told: listener.told });
    const late = pace.skipped === 0 ? [] : [`the load itself could not keep up: ${pace.skipped} things were left out`];
    return { samples, result: { ...result, violations: [...result.violations, ...late] }, latencyMs: ledger.latencyMs };
  } finally {
    client.close();
    await listener.close();
  }
}

function describe({ samples, result, latencyMs }: Outcome, { perSecond }: Plan, command: string): string {
  const minutes = Number((samples.at(-1)?.minutes ?? 0).toPrecision(2));
  const day = new Date().toISOString().slice(0, 10);
  return [
    `\`${command}\`, ${day}: ${minutes} minutes of ${perSecond} pings a second over 1,235 monitors, with bodies and runs, ` +
      'people who read, listen and edit, jobs that fail and fall silent, and a receiver of webhooks that is not always well. ' +
      `Over the whole time p50 ${latencyMs.p50.toFixed(1)} ms, p99 ${latencyMs.p99.toFixed(1)} ms, longest ${latencyMs.max.toFixed(0)} ms.`,
    '',
    ...result.facts.map((fact) => `- ${fact}`),
    ...result.violations.map((violation) => `- **not as promised**: ${violation}`),
    '',
    soakTable(samples),
  ].join('\n');
}

async function main(): Promise<number> {
  const plan = readPlan();
  if (plan === null) {
    say('npm run soak -- [--minutes n] [--per-second n] [--out FOLDER] [--write]');
    return 2;
  }
  const signal = interruption();
  const command = `npm run soak${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}`;
  // The receiver refuses a part of what it is sent, and each of that would be a line.
  const env = { ALLSWELL_API_KEY: API_KEY, LOG_LEVEL: 'error' };
  const outcome = await withProduct((product) => soak(product, plan, signal), { env, apart: true });
  const text = describe(outcome, plan, command);
  say(text);
  const folder = plan.writes ? join(DOCS, 'images') : (plan.out ?? (await mkdtemp(join(tmpdir(), 'allswell-soak-'))));
  const note = `${plan.perSecond} pings/s with reads, edits and alarms; ${cpus()[0]?.model ?? ''}, ${cpus().length} cores`;
  if (outcome.samples.length > 1) {
    const pictures = await writePictures(folder, outcome.samples, note);
    if (plan.writes) {
      const shown = pictures.map((name) => `![${name}](images/${name})`).join('\n\n');
      await writePage(join(DOCS, 'performance.md'), `${text}\n\n${shown}`);
    } else {
      await writeFile(join(folder, 'samples.json'), `${JSON.stringify(outcome)}\n`);
    }
    say(`pictures in ${folder}`);
  }
  return outcome.result.violations.length === 0 ? 0 : 1;
}

process.exitCode = await main();
