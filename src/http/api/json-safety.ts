import type { FieldError } from '../problems.ts';

/** Objects and lists inside one another; nothing that the API takes is deeper. */
export const MAX_JSON_DEPTH = 16;
/** What was found wrong with a body is listed up to here. */
const MAX_FINDINGS = 10;

/** Keys that mean something to the language itself. */
const UNSAFE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

function textFault(text: string): string | null {
  if (text.includes('\0')) return 'must not contain the character U+0000';
  if (!text.isWellFormed()) return 'must be well-formed Unicode: half of a surrogate pair stands alone';
  return null;
}

/**
 * Finds what no field may hold, whatever its schema: NUL characters and lone surrogates (the database has no place for
 * them), numbers beyond the double range, keys that mean something to the language, and nesting without end.
 */
export function findUnsafe(value: unknown, field = '', depth = 0): FieldError[] {
  if (typeof value === 'string') {
    const message = textFault(value);
    return message === null ? [] : [{ field, message, given: value.replaceAll('\0', '\u2400') }];
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return [{ field, message: 'is a number too large to be read' }];
  }
  if (typeof value !== 'object' || value === null) return [];
  if (depth >= MAX_JSON_DEPTH) return [{ field, message: `is nested deeper than ${MAX_JSON_DEPTH} levels` }];
  const found: FieldError[] = [];
  for (const [key, item] of Object.entries(value)) {
    if (found.length >= MAX_FINDINGS) break;
    const path = field === '' ? key : `${field}.${key}`;
    const fault = UNSAFE_KEYS.has(key) ? 'is not a field of anything here' : textFault(key);
    if (fault === null) found.push(...findUnsafe(item, path, depth + 1));
    else found.push({ field: path.replaceAll('\0', '\u2400').toWellFormed(), message: fault });
  }
  return found;
}

/** Reads a body as JSON in UTF-8; an empty one is undefined. Not ok: a sentence about what is wrong. */
export function readJson(bytes: Buffer): { readonly value: unknown } | { readonly fault: string } {
  if (bytes.length === 0) return { value: undefined };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { fault: 'the body is not valid UTF-8' };
  }
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { fault: `the body is not JSON: ${error instanceof Error ? error.message : 'unreadable'}` };
  }
}
