/**
 * `node test/bench/chart.ts result.json … > docs/performance.svg`: the measures that have a target, each as a bar
 * against it, from the files that `npm run bench -- --json` wrote.
 */
import { readFileSync } from 'node:fs';
import type { Measure } from './benchmark.ts';

const WIDTH = 860;
const LABEL_WIDTH = 400;
const ROW = 26;
const TOP = 56;
/** Where the target stands, and the longest bar, in parts of the target. */
const LONGEST = 2;
const SCALE = (WIDTH - LABEL_WIDTH - 90) / LONGEST;

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(0)}" y="${y.toFixed(0)}" ${attributes}>${escaped(content)}</text>`;
}

function bar(measure: Measure, index: number): string {
  const limit = Number(/[\d.]+/.exec(measure.target)?.[0]);
  const y = TOP + index * ROW;
  const length = Math.min(LONGEST, measure.number / limit) * SCALE;
  const colour = measure.met ? '#2f855a' : '#c05621';
  return [
    text(LABEL_WIDTH - 10, y + 14, `${measure.name}, ${measure.target}`, 'text-anchor="end"'),
    `<rect x="${LABEL_WIDTH}" y="${y + 3}" width="${Math.max(1, length).toFixed(1)}" height="15" rx="2" fill="${colour}"/>`,
    text(LABEL_WIDTH + length + 6, y + 15, measure.value, 'font-weight="bold"'),
  ].join('');
}

function chart(measures: readonly Measure[]): string {
  const height = TOP + measures.length * ROW + 16;
  const targetX = LABEL_WIDTH + SCALE;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#2d3748">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(16, 22, 'Measured against the targets', 'font-size="15" font-weight="bold"'),
    text(16, 40, 'The line is the target: ≥ should reach it, < should stay left of it. Green is met.'),
    ...measures.map(bar),
    `<line x1="${targetX}" x2="${targetX}" y1="${TOP - 6}" y2="${height - 10}" stroke="#2d3748" stroke-dasharray="4 3"/>`,
    '</svg>',
  ].join('\n');
}

interface ResultFile {
  readonly results: readonly { readonly measures: readonly Measure[] }[];
}

const files = process.argv.slice(2).map((path): ResultFile => JSON.parse(readFileSync(path, 'utf8')));
const measures = files.flatMap(({ results }) => results.flatMap((result) => result.measures));
process.stdout.write(`${chart(measures.filter(({ met }) => met !== null))}\n`);
