/**
 * `node test/bench/chart.ts result.json … > docs/performance.svg`: the measures that have a target, each as a bar
 * against it, from the files that `npm run bench -- --json` wrote.
 */
import { readFileSync } from 'node:fs';
import type { Measure } from './benchmark.ts';
import { svgDocument, svgText } from './svg.ts';

const WIDTH = 860;
const LABEL_WIDTH = 400;
const ROW = 26;
const TOP = 56;
/** Where the target stands, and the longest bar, in parts of the target. */
const LONGEST = 2;
const SCALE = (WIDTH - LABEL_WIDTH - 90) / LONGEST;

function bar(measure: Measure, index: number): string {
  const limit = Number(/[\d.]+/.exec(measure.target)?.[0]);
  const y = TOP + index * ROW;
  const length = Math.min(LONGEST, measure.number / limit) * SCALE;
  // Green and orange, as everywhere in these pictures.
  const colour = measure.met ? 'f2' : 'f1';
  return [
    svgText(LABEL_WIDTH - 10, y + 14, `${measure.name}, ${measure.target}`, { anchor: 'end' }),
    `<rect x="${LABEL_WIDTH}" y="${y + 3}" width="${Math.max(1, length).toFixed(1)}" height="15" rx="2" class="${colour}"/>`,
    svgText(LABEL_WIDTH + length + 6, y + 15, measure.value, { bold: true }),
  ].join('');
}

function chart(measures: readonly Measure[]): string {
  const height = TOP + measures.length * ROW + 16;
  const targetX = LABEL_WIDTH + SCALE;
  return svgDocument(WIDTH, height, [
    svgText(16, 22, 'Measured against the targets', { size: 15, bold: true }),
    svgText(16, 40, 'The line is the target: ≥ should reach it, < should stay left of it. Green is met.'),
    ...measures.map(bar),
    `<line class="axis" x1="${targetX}" x2="${targetX}" y1="${TOP - 6}" y2="${height - 10}" stroke-dasharray="4 3"/>`,
  ]);
}

interface ResultFile {
  readonly results: readonly { readonly measures: readonly Measure[] }[];
}

const files = process.argv.slice(2).map((path): ResultFile => JSON.parse(readFileSync(path, 'utf8')));
const measures = files.flatMap(({ results }) => results.flatMap((result) => result.measures));
process.stdout.write(chart(measures.filter(({ met }) => met !== null)));
