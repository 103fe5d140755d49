import { stripVTControlCharacters } from 'node:util';

const ELLIPSIS = '…';

/** Which end of a text is worth more: of a sentence its beginning, of a job's output its end. */
export type Keep = 'head' | 'tail';

/** The text, or as much of it as fits into `max` UTF-16 units, with an ellipsis and without halving a character. */
export function cutText(text: string, max: number, keep: Keep = 'head'): string {
  return fitEscaped(text, (part) => part, max, keep);
}

/**
 * Cuts `text` so that its escaped form fits into `max` UTF-16 units, and gives the escaped form back. `escaper` has
 * to work character by character: then nothing it makes of one is ever cut in two.
 */
export function fitEscaped(text: string, escaper: (part: string) => string, max: number, keep: Keep = 'head'): string {
  const whole = escaper(text);
  if (whole.length <= max) return whole;
  const budget = max - ELLIPSIS.length;
  if (budget < 0) return '';
  // More than `max` units of it can never fit, and splitting a megabyte into characters would be slow.
  const characters = [...(keep === 'head' ? text.slice(0, max + 1) : text.slice(-max - 1))];
  if (keep === 'tail') characters.reverse();
  const kept: string[] = [];
  let size = 0;
  for (const character of characters) {
    const escaped = escaper(character);
    size += escaped.length;
    if (size > budget) break;
    kept.push(escaped);
  }
  return keep === 'head' ? `${kept.join('')}${ELLIPSIS}` : `${ELLIPSIS}${kept.reverse().join('')}`;
}

/** A single line: every run of spaces, line ends and control characters becomes one space. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  return text.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
}

/** A job's output as it may be shown: no colours or other terminal commands, no control characters but line ends. */
export function plainOutput(text: string): string {
  const lines = stripVTControlCharacters(text).replace(/\r\n?/g, '\n').replaceAll('\t', '    ');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  return lines.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '').trimEnd();
}

const HTML_ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** For text and for attributes in double quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => HTML_ENTITIES[character] ?? character);
}

/** Only what Slack wants escaped. */
export function escapeAmpLtGt(text: string): string {
  return text.replace(/[&<>]/g, (character) => HTML_ENTITIES[character] ?? character);
}

/**
 * As many of the lines as fit into `max` together, joined by line ends; when some are left out, `more(count)` says so
 * in the last line.
 */
export function fitLines(lines: readonly string[], max: number, more: (count: number) => string): string {
  const whole = lines.join('\n');
  if (whole.length <= max) return whole;
  if (more(lines.length).length > max) return '';
  const kept: string[] = [];
  let size = 0;
  for (const [index, line] of lines.entries()) {
    size += line.length + 1;
    // Room for the last line is kept at every step, so that it always fits when it is needed.
    if (size + more(lines.length - index - 1).length > max) return [...kept, more(lines.length - index)].join('\n');
    kept.push(line);
  }
  return kept.join('\n');
}

/** The parts joined, whole ones only, from the first on for as long as they fit into `max`. */
export function joinWithin(parts: readonly string[], separator: string, max: number): string {
  let joined = '';
  for (const part of parts) {
    const next = joined === '' ? part : `${joined}${separator}${part}`;
    if (next.length > max) break;
    joined = next;
  }
  return joined;
}
