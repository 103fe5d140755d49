/**
 * `npm run bench [-- name …] [--seconds n] [--json file] [--images folder]`: the numbers of docs/performance.md. Each benchmark starts
 * the real product with its own PostgreSQL in a fresh folder. Exits 1 when a target is missed, 2 when it was misused.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Benchmark, Measure, Report } from './benchmark.ts';
import { connections } from './connections.ts';
import { deadlines } from './deadlines.ts';
import { footprint } from './footprint.ts';
import { gocron, gocronPings } from './gocron.ts';
import { limits } from './limits.ts';
import { monitors } from './monitors.ts';
import { nodes } from './nodes.ts';
import { pings } from './pings.ts';
import { silence } from './silence.ts';

const BENCHMARKS: readonly Benchmark[] = [
  pings,
  gocron,
  gocronPings,
  deadlines,
  silence,
  footprint,
  monitors,
  connections,
  nodes,
  limits,
];
const USAGE = 'npm run bench [-- name …] [--seconds n] [--json file] [--images folder]';

const say = (line: string) => process.stdout.write(`${line}\n`);

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string' },
      json: { type: 'string' },
      images: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const unknown = positionals.filter((name) => BENCHMARKS.every((benchmark) => benchmark.name !== name));
  const seconds = values.seconds === undefined ? null : Number(values.seconds);
  const isWrong = unknown.length > 0 || (seconds !== null && !(seconds > 0));
  const chosen = BENCHMARKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const { json, images } = values;
  return { chosen, seconds, json, images, wantsHelp: values.help === true || isWrong, isWrong };
}

function machine() {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    loadBefore: loadavg().map((value) => Number(value.toFixed(1))),
    at: new Date().toISOString(),
  };
}

function table(measures: readonly Measure[]): string[] {
  const mark = (met: boolean | null) => (met === null ? '' : met ? 'met' : 'MISSED');
  const rows = [['', 'measured', 'target', ''], ...measures.map((m) => [m.name, m.value, m.target, mark(m.met)])];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

async function writePictures(folder: string, pictures: NonNullable<Report['pictures']>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { name, svg } of pictures) await writeFile(join(folder, `${name}.svg`), svg);
}

async function main(): Promise<number> {
  const { chosen, seconds, json, images, wantsHelp, isWrong } = readArguments();
  if (wantsHelp) {
    say(USAGE);
    for (const { name, about } of BENCHMARKS) say(`  ${name.padEnd(12)} ${about}`);
    return isWrong ? 2 : 0;
  }
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ');
  const facts = machine();
  say(`${command}\n${facts.processor}, ${facts.cores} cores, ${facts.memoryGb} GB, Node ${facts.node}, ${facts.at}`);
  say(`load of the machine before: ${facts.loadBefore.join(' ')}\n`);
  const results: ({ name: string } & Omit<Report, 'pictures'>)[] = [];
  for (const { name, about, run } of chosen) {
    say(`${name}: ${about}`);
    const { pictures = [], ...report } = await run({ seconds, say });
    results.push({ name, ...report });
    if (images !== undefined) await writePictures(images, pictures);
  }
  const measures = results.flatMap((result) => result.measures);
  say('');
  for (const line of table(measures)) say(line);
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ command, machine: facts, results }, null, 2)}\n`);
  return measures.some(({ met }) => met === false) ? 1 : 0;
}

process.exitCode = await main();
