import { stripVTControlCharacters } from 'node:util';

const ELLIPSIS = '…';
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * Marks that turn the direction of the text around them: a name with one could reorder the numbers beside it. Written
 * as escapes, for the same reason.
 */
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Control characters, line and paragraph separators, interlinear marks, the byte order mark. */
const INVISIBLE = /[\p{Cc}\u2028\u2029\ufeff\ufff9-\ufffb]/gu;
/** Everything that leaves nothing to see: a name made of it counts as empty. */
const NOTHING_VISIBLE = /^[\p{Z}\p{Cc}\p{Cf}\p{Mn}\u2800\u3164\u115f\u1160]*$/u;

/** Cuts to `limit` UTF-16 units without splitting a character or an emoji; what was cut ends in "…". */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const room = limit - ELLIPSIS.length;
  // Segmenting is slow, and only the first characters can be kept.
  const near = text.slice(0, limit + 1);
  let end = 0;
  for (const { index, segment } of graphemes.segment(near)) {
    if (index + segment.length > room) break;
    end = index + segment.length;
  }
  // One "character" longer than all the room (a pile of combining marks): cut inside it, but not inside a pair.
  if (end === 0) end = isHighSurrogate(text.charCodeAt(room - 1)) ? room - 1 : room;
  return `${text.slice(0, end).trimEnd()}${ELLIPSIS}`;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/**
 * Somebody's text as one harmless line: line breaks and control characters become spaces, direction marks go, broken
 * surrogates become U+FFFD, at most `limit` UTF-16 units. Empty when nothing visible is left.
 */
export function oneLine(text: string, limit: number): string {
  const near = text.slice(0, limit * 4).toWellFormed();
  const line = near.replaceAll(DIRECTION_MARKS, '').replaceAll(INVISIBLE, ' ').replaceAll(/\s+/g, ' ').trim();
  return NOTHING_VISIBLE.test(line) ? '' : clip(line, limit);
}

/**
 * The end of a job's output, at most `limit` (10 or more) UTF-16 units and beginning with a whole line where that costs
 * less than half of it. Terminal colours and control characters go, a bare carriage return (a progress bar) ends a
 * line. Null when nothing visible is left.
 */
export function outputEnd(text: string, limit: number): string | null {
  // Colours take room that is not seen: four times the limit is enough to look at.
  const end = stripVTControlCharacters(text.slice(-limit * 4).toWellFormed())
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll(/[\p{Cc}--[\n\t]]/gv, '')
    .replaceAll(DIRECTION_MARKS, '')
    .trimEnd();
  if (NOTHING_VISIBLE.test(end)) return null;
  if (end.length <= limit && text.length <= limit * 4) return end.replace(/^\n+/, '');
  const kept = end.slice(-(limit - ELLIPSIS.length - 1)).toWellFormed();
  const firstBreak = kept.indexOf('\n');
  const isWorthIt = firstBreak >= 0 && firstBreak < limit / 2;
  return `${ELLIPSIS}\n${isWorthIt ? kept.slice(firstBreak + 1) : kept}`;
}
