import { COLOURS, svgDocument, svgText } from './svg.ts';

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LineChart {
  readonly title: string;
  /** What the numbers are of: command, machine, date. */
  readonly note?: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  /** Steps of the same factor stand equally far apart; every x is marked then. */
  readonly logX?: boolean;
}

const WIDTH = 860;
const HEIGHT = 312;
const LEFT = 66;
const RIGHT = 176;
const TOP = 76;
const BOTTOM = 46;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;
const TICKS = 5;
const LABEL_HEIGHT = 15;

/** A step of 1, 2 or 5 by powers of ten, of which about `TICKS` reach `span`. */
function niceStep(span: number): number {
  const rough = span / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
}

export function shortNumber(value: number): string {
  for (const [size, letter] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e4, 'k'],
  ] as const) {
    const unit = letter === 'k' ? 1e3 : size;
    if (Math.abs(value) >= size) return `${Number((value / unit).toPrecision(3))}${letter}`;
  }
  return `${Number(value.toPrecision(Math.abs(value) >= 1_000 ? 4 : 3))}`;
}

interface Axis {
  readonly ticks: readonly number[];
  /** From 0 at the beginning of the axis to 1 at its end. */
  place(value: number): number;
}

function evenAxis(from: number, to: number): Axis {
  const span = to - from || 1;
  const step = niceStep(span);
  const first = Math.ceil(from / step);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  const ticks = Array.from({ length: count }, (_, index) => (first + index) * step);
  return { ticks, place: (value) => (value - from) / span };
}

function logAxis(values: readonly number[]): Axis {
  const ticks = [...new Set(values)].sort((one, other) => one - other);
  const [low, high] = [Math.log(ticks[0] ?? 1), Math.log(ticks.at(-1) ?? 1)];
  return { ticks, place: (value) => (Math.log(value) - low) / (high - low || 1) };
}

function axesOf({ series, logX = false }: LineChart): { x: Axis; y: Axis } {
  const points = series.flatMap((one) => one.points);
  const xs = points.map(([x]) => x);
  const highest = Math.max(...points.map(([, y]) => y), 0) || 1;
  const step = niceStep(highest);
  return {
    x: logX ? logAxis(xs) : evenAxis(Math.min(...xs), Math.max(...xs)),
    y: evenAxis(0, Math.ceil(highest / step) * step),
  };
}

/** Names stand at the ends of their lines, moved apart where these lie close together. */
function labelPlaces(ends: readonly number[]): number[] {
  const order = [...ends.keys()].sort((one, other) => (ends[one] ?? 0) - (ends[other] ?? 0));
  const places = [...ends];
  let free = TOP;
  for (const index of order) {
    places[index] = Math.max(places[index] ?? 0, free);
    free = (places[index] ?? 0) + LABEL_HEIGHT;
  }
  // What was pushed below the picture goes up again, and pushes those above.
  let limit = TOP + PLOT_HEIGHT;
  for (const index of order.reverse()) {
    places[index] = Math.min(places[index] ?? 0, limit);
    limit = (places[index] ?? 0) - LABEL_HEIGHT;
  }
  return places;
}

/** Several lines over one axis, with their names and last values at their ends. */
export function lineChart(chart: LineChart): string {
  const { x, y } = axesOf(chart);
  const left = (value: number) => LEFT + x.place(value) * PLOT_WIDTH;
  const top = (value: number) => TOP + (1 - y.place(value)) * PLOT_HEIGHT;
  const body = [svgText(16, 24, chart.title, { size: 15, bold: true })];
  if (chart.note !== undefined) body.push(svgText(16, 42, chart.note, { className: 'faint', size: 11 }));
  for (const tick of y.ticks) {
    body.push(
      `<line class="grid" x1="${LEFT}" x2="${LEFT + PLOT_WIDTH}" y1="${top(tick).toFixed(1)}" y2="${top(tick).toFixed(1)}"/>`,
    );
    body.push(svgText(LEFT - 8, top(tick) + 4, shortNumber(tick), { anchor: 'end', className: 'faint' }));
  }
  for (const tick of x.ticks) {
    body.push(svgText(left(tick), TOP + PLOT_HEIGHT + 18, shortNumber(tick), { anchor: 'middle', className: 'faint' }));
  }
  const floor = TOP + PLOT_HEIGHT;
  body.push(`<line class="axis" x1="${LEFT}" x2="${LEFT + PLOT_WIDTH}" y1="${floor}" y2="${floor}"/>`);
  body.push(svgText(LEFT + PLOT_WIDTH / 2, HEIGHT - 8, chart.xLabel, { anchor: 'middle', className: 'faint' }));
  body.push(svgText(LEFT - 50, TOP - 14, chart.yLabel, { className: 'faint' }));
  const ends = chart.series.map(({ points }) => top(points.at(-1)?.[1] ?? 0));
  const places = labelPlaces(ends);
  for (const [index, { name, points }] of chart.series.entries()) {
    const path = points.map(([px, py]) => `${left(px).toFixed(1)},${top(py).toFixed(1)}`).join(' ');
    const colour = index % COLOURS;
    body.push(`<polyline class="line s${colour}" points="${path}"/>`);
    if (chart.logX === true) {
      for (const [px, py] of points) {
        body.push(`<circle class="f${colour}" cx="${left(px).toFixed(1)}" cy="${top(py).toFixed(1)}" r="3"/>`);
      }
    }
    const label = `${name}  ${shortNumber(points.at(-1)?.[1] ?? 0)}`;
    body.push(svgText(LEFT + PLOT_WIDTH + 10, (places[index] ?? 0) + 4, label, { className: `f${colour}` }));
  }
  return svgDocument(WIDTH, HEIGHT, body);
}
