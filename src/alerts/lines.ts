import { texts } from '../core/language/catalogue.ts';
import { clip } from './plain-text.ts';
import type { RenderContext } from './subjects.ts';

/** Bounds of a list within a message, in lines and UTF-16 units. After the last line one more counts what was left out. */
export const MAX_LINES = 50;
export const MAX_LINE_LENGTH = 200;

/** The first lines, and how many of `total` are not among them. */
export function boundedLines(lines: readonly string[], total: number, context: RenderContext): readonly string[] {
  const shown = lines.slice(0, MAX_LINES).map((line) => clip(line, MAX_LINE_LENGTH));
  const more = Math.max(total, lines.length) - shown.length;
  return more > 0 ? [...shown, texts(context.language).andMore(more)] : shown;
}
