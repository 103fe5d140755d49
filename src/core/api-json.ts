import { SECOND_MS } from './instant.ts';
import { isoInstant } from './iso-instant.ts';

/** A value of the public JSON: snake_case keys, RFC 3339 instants, durations in seconds. */
export type ApiJson =
  | string
  | number
  | boolean
  | null
  | readonly ApiJson[]
  | { readonly [key: string]: ApiJson | undefined };

function snakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

const isInstantKey = (key: string) => key === 'from' || key === 'to' || /[a-z]At$/.test(key);

function entry(key: string, value: unknown): readonly [string, ApiJson] {
  if (isInstantKey(key) && typeof value === 'number') return [snakeCase(key), isoInstant(value)];
  if (/[a-z]Ms$/.test(key) && (typeof value === 'number' || value === null)) {
    return [`${snakeCase(key.slice(0, -'Ms'.length))}_seconds`, value === null ? null : value / SECOND_MS];
  }
  return [snakeCase(key), toApiJson(value)];
}

/**
 * Turns plain data of ours into public JSON, by the names of its keys: camelCase becomes snake_case, the instants
 * `…At`, `from` and `to` become RFC 3339, the milliseconds `…Ms` become `…_seconds` (with fractions). Fields that are
 * undefined are left out. Throws a TypeError for what is no plain data (a function, a bigint).
 */
export function toApiJson(value: unknown): ApiJson {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map(toApiJson);
  if (typeof value !== 'object') throw new TypeError(`${typeof value} has no place in JSON`);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => entry(key, field)),
  );
}
