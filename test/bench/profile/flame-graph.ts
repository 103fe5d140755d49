import { escaped, svgDocument, svgText } from '../svg.ts';
import type { Call, Group } from './call-tree.ts';

const WIDTH = 1_400;
const ROW = 17;
const TOP = 62;
/** Boxes that would be narrower than this are left out, with all that stands on them. */
const MIN_WIDTH = 0.6;
const LETTER_WIDTH = 6.4;
/** Deeper chains of calls are cut. */
const MAX_DEPTH = 80;

const FILLS: Readonly<Record<Group, string>> = {
  HTTP: '#8ab4f8',
  driver: '#f6ae73',
  'our HTTP': '#7fd1c7',
  watch: '#8fd18a',
  core: '#c5dd7a',
  store: '#ecd06f',
  'other of ours': '#c9c2a5',
  Node: '#c4c9d1',
  native: '#a9b0ba',
  GC: '#ee8f9b',
};

const classOf = (group: Group) => `g${Object.keys(FILLS).indexOf(group)}`;

const STYLE = Object.entries(FILLS)
  .map(([, fill], index) => `\n  .g${index} { fill: ${fill}; stroke: #ffffff; stroke-width: 0.5; }`)
  .concat('\n  .name { fill: #1b1f24; }')
  .join('');

function label({ name, place }: Call, width: number): string {
  const letters = Math.floor((width - 6) / LETTER_WIDTH);
  if (letters < 3) return '';
  const whole = place === '' ? name : `${name} ${place}`;
  if (whole.length <= letters) return whole;
  return name.length <= letters ? name : `${name.slice(0, letters - 1)}…`;
}

function legend(): string[] {
  let x = 16;
  return (Object.keys(FILLS) as Group[]).flatMap((group) => {
    const box = `<rect class="${classOf(group)}" x="${x}" y="40" width="12" height="12"/>`;
    const text = svgText(x + 16, 50, group);
    x += 34 + group.length * LETTER_WIDTH;
    return [box, text];
  });
}

/** Callers stand above what they called; the wider, the more it took. `show` writes a weight with its unit. */
export function flameGraph(root: Call, title: string, show: (weight: number) => string): string {
  const boxes: string[] = [];
  let deepest = 0;
  const scale = (WIDTH - 20) / Math.max(1, root.total);
  const draw = (call: Call, from: number, depth: number) => {
    const width = call.total * scale;
    if (width < MIN_WIDTH || depth > MAX_DEPTH) return;
    deepest = Math.max(deepest, depth);
    const [x, y] = [10 + from * scale, TOP + depth * ROW];
    const part = ((call.total * 100) / root.total).toFixed(1);
    const words = `${call.name} ${call.place} (${call.group}): ${show(call.total)}, ${part} %, by itself ${show(call.self)}`;
    boxes.push(
      `<g><title>${escaped(words)}</title><rect class="${classOf(call.group)}" x="${x.toFixed(1)}" y="${y}" ` +
        `width="${width.toFixed(1)}" height="${ROW - 1}"/>${svgText(x + 3, y + 12, label(call, width), { className: 'name', size: 11 })}</g>`,
    );
    let at = from + call.self;
    for (const child of call.children) {
      draw(child, at, depth + 1);
      at += child.total;
    }
  };
  draw(root, 0, 0);
  const height = TOP + (deepest + 1) * ROW + 10;
  return svgDocument(WIDTH, height, [svgText(16, 24, title, { size: 15, bold: true }), ...legend(), ...boxes], STYLE);
}
