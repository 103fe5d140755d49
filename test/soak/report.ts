import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lineChart } from '../bench/line-chart.ts';
import type { Sample } from './sample.ts';

type Field = Exclude<keyof Sample, 'minutes'>;

interface Picture {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly (readonly [name: string, field: Field])[];
}

const PICTURES: readonly Picture[] = [
  {
    name: 'memory',
    title: 'Memory',
    unit: 'MB',
    lines: [
      ['server', 'serverMb'],
      ['its heap', 'heapMb'],
      ['PostgreSQL', 'postgresMb'],
    ],
  },
  {
    name: 'answers',
    title: 'Answers to pings, and delay of the event loop',
    unit: 'ms',
    lines: [
      ['ping p50', 'pingP50Ms'],
      ['ping p99', 'pingP99Ms'],
      ['loop p99', 'loopP99Ms'],
      ['loop max', 'loopMaxMs'],
    ],
  },
  {
    name: 'cpu',
    title: 'Processor time',
    unit: '% of a core',
    lines: [
      ['server', 'serverPercent'],
      ['PostgreSQL', 'postgresPercent'],
    ],
  },
  {
    name: 'storage',
    title: 'What is stored',
    unit: 'MB',
    lines: [
      ['signals', 'signalsMb'],
      ['their indexes', 'signalIndexesMb'],
      ['other tables', 'otherTablesMb'],
      ['states', 'statesMb'],
    ],
  },
  {
    name: 'vacuum',
    title: 'Dead rows, and vacuums since the beginning',
    unit: 'thousand rows, vacuums',
    lines: [
      ['dead rows', 'deadThousands'],
      ['vacuums', 'vacuums'],
    ],
  },
  { name: 'wal', title: 'Write-ahead log', unit: 'MB since the beginning', lines: [['written', 'walMb']] },
];

const ROWS: readonly (readonly [name: string, field: Field, unit: string, digits: number])[] = [
  ['pings', 'pingsPerSecond', '/s', 0],
  ['ping, p50', 'pingP50Ms', ' ms', 1],
  ['ping, p99', 'pingP99Ms', ' ms', 1],
  ['event loop, p99', 'loopP99Ms', ' ms', 1],
  ['memory of the server', 'serverMb', ' MB', 0],
  ['its heap', 'heapMb', ' MB', 0],
  ['memory of PostgreSQL', 'postgresMb', ' MB', 0],
  ['CPU of the server', 'serverPercent', ' %', 1],
  ['CPU of PostgreSQL', 'postgresPercent', ' %', 1],
  ['signals', 'signalsMb', ' MB', 1],
  ['indexes of signals', 'signalIndexesMb', ' MB', 1],
  ['states, with indexes', 'statesMb', ' MB', 2],
  ['other tables, with indexes', 'otherTablesMb', ' MB', 1],
  ['dead rows', 'deadThousands', ' k', 1],
  ['vacuums', 'vacuums', '', 0],
  ['write-ahead log', 'walMb', ' MB', 0],
];

/** The first and the last tenth count as start and end. */
const EDGE = 0.1;
/** The slope is that of what comes after this part: a server warms up first. */
const WARM_UP = 1 / 3;

const median = (values: readonly number[]) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Least squares, per hour. */
function slope(points: readonly (readonly [minutes: number, value: number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((point) => point[0]), mean((point) => point[1])];
  const spread = points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return (points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0) * 60) / (spread || 1);
}

/** Start, end and slope of everything that was sampled, as a table in Markdown. */
export function soakTable(samples: readonly Sample[]): string {
  const edge = Math.max(1, Math.round(samples.length * EDGE));
  const warm = samples.slice(Math.floor(samples.length * WARM_UP));
  const rows = ROWS.map(([name, field, unit, digits]) => {
    const of = (some: readonly Sample[]) => median(some.map((sample) => sample[field]));
    const perHour = slope(warm.map((sample) => [sample.minutes, sample[field]]));
    const sign = perHour > 0 ? '+' : '';
    return `| ${name} | ${of(samples.slice(0, edge)).toFixed(digits)}${unit} | ${of(samples.slice(-edge)).toFixed(digits)}${unit} | ${sign}${perHour.toFixed(digits)}${unit} |`;
  });
  return ['| | start | end | change per hour |', '|---|---|---|---|', ...rows].join('\n');
}

/** Writes the pictures and the numbers into `folder`; answers the names of the pictures. */
export async function writePictures(folder: string, samples: readonly Sample[], note: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  for (const { name, title, unit, lines } of PICTURES) {
    const series = lines.map(([label, field]) => ({
      name: label,
      points: samples.map((sample) => [sample.minutes, sample[field]] as const),
    }));
    const picture = lineChart({ title, note, xLabel: 'minutes', yLabel: unit, series });
    await writeFile(join(folder, `soak-${name}.svg`), picture);
  }
  return PICTURES.map(({ name }) => `soak-${name}.svg`);
}

const FROM = '<!-- The soak: npm run soak -- --write puts it here -->';
const TO = '<!-- The end of the soak -->';

/** Puts what was measured into the page, between two marks; where these are not there, at its end. */
export async function writePage(path: string, text: string): Promise<void> {
  const page = await readFile(path, 'utf8');
  const [from, to] = [page.indexOf(FROM), page.indexOf(TO)];
  const part = `${FROM}\n\n${text}\n\n${TO}`;
  const whole =
    from < 0 || to < from
      ? `${page.trimEnd()}\n\n## An hour of everything\n\n${part}\n`
      : page.slice(0, from) + part + page.slice(to + TO.length);
  await writeFile(path, whole);
}
