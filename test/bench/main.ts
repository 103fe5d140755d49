/**
 * What every command of benchmarks does: reads its arguments, names the machine, runs what was chosen, prints the table.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Benchmark, Measure, Report } from './benchmark.ts';

const usage = (script: string) => `npm run ${script} [-- name …] [--seconds n] [--json file] [--images folder]`;

const say = (line: string) => process.stdout.write(`${line}\n`);

function readArguments(benchmarks: readonly Benchmark[]) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string' },
      json: { type: 'string' },
      images: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const unknown = positionals.filter((name) => benchmarks.every((benchmark) => benchmark.name !== name));
  const seconds = values.seconds === undefined ? null : Number(values.seconds);
  const isWrong = unknown.length > 0 || (seconds !== null && !(seconds > 0));
  const chosen = benchmarks.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
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

/** Answers the exit code: 1 when a target is missed, 2 when it was misused. */
export async function runBenchmarks(script: string, benchmarks: readonly Benchmark[]): Promise<number> {
  const { chosen, seconds, json, images, wantsHelp, isWrong } = readArguments(benchmarks);
  if (wantsHelp) {
    say(usage(script));
    for (const { name, about } of benchmarks) say(`  ${name.padEnd(12)} ${about}`);
    return isWrong ? 2 : 0;
  }
  const command = [`npm run ${script}`, ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ');
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
