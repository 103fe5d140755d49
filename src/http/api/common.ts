import { z } from 'zod';
import { type Instant, MINUTE_MS } from '../../core/instant.ts';
import { isoInstant } from '../../core/iso-instant.ts';
import { LANGUAGES, type Language } from '../../core/language/language.ts';
import { knownZone } from '../../core/language/moments.ts';
import { findTeam, type Team } from '../../store/teams.ts';
import { invalid, Problem } from '../problems.ts';
import type { ApiContext, ApiRequest } from './route.ts';

export const MAX_PAGE = 250;
export const DEFAULT_PAGE = 50;

/** Gives a schema a name of its own in OpenAPI. */
export function named<S extends z.ZodType>(id: string, schema: S): S {
  return schema.meta({ id });
}

export const id = z.uuid('must be an id: a UUID such as 01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d').meta({ format: 'uuid' });
export const idParams = z.strictObject({ id });

/** An instant in an answer: UTC with milliseconds. */
export const instant = z.string().meta({ format: 'date-time', examples: ['2026-11-21T02:05:00.000Z'] });
export const maybeInstant = instant.nullable();

/** An instant that a person gives: RFC 3339 with a zone. */
export const givenInstant = z.iso
  .datetime({ offset: true, error: 'must be an instant in RFC 3339 with a zone, such as 2026-11-21T02:05:00Z' })
  .meta({ examples: ['2026-11-21T02:05:00Z'] });

/** Seconds with fractions, of something measured. */
export const seconds = z.number().meta({ description: 'Seconds.' });

export const paging = {
  limit: z.int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE).meta({ description: 'How many at most.' }),
  cursor: z.string().max(200).optional().meta({ description: '`next_cursor` of the page before.' }),
};

export function instantOf(text: string): Instant {
  return Date.parse(text);
}

export function iso(at: Instant): string {
  return isoInstant(at);
}

export function isoOrNull(at: Instant | null): string | null {
  return at === null ? null : isoInstant(at);
}

export function secondsBetween(from: Instant | null, to: Instant | null): number | null {
  return from === null || to === null ? null : (to - from) / 1_000;
}

const CURSOR_OF_IDS = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const CURSOR_OF_NUMBERS = /^\d{1,15}$/;

function readCursor(cursor: string | undefined, form: RegExp): string | undefined | Problem {
  if (cursor === undefined) return undefined;
  const value = Buffer.from(cursor, 'base64url').toString('latin1');
  if (form.test(value) && writeCursor(value) === cursor) return value;
  return invalid([{ field: 'cursor', message: 'is not the next_cursor of a page of this list', given: cursor }]);
}

function writeCursor(value: string): string {
  return Buffer.from(value, 'latin1').toString('base64url');
}

/** The id that a cursor stands for. */
export function readIdCursor(cursor: string | undefined): string | undefined | Problem {
  return readCursor(cursor, CURSOR_OF_IDS);
}

/** The number that a cursor stands for. */
export function readNumberCursor(cursor: string | undefined): number | undefined | Problem {
  const value = readCursor(cursor, CURSOR_OF_NUMBERS);
  return typeof value === 'string' ? Number(value) : value;
}

/** Of `limit + 1` rows that were read: the page, and the cursor of the next one if there is one. */
export function cut<R>(rows: readonly R[], limit: number, keyOf: (row: R) => string | number) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? writeCursor(String(keyOf(last))) : null;
  return { rows: shown, nextCursor };
}

/** The team of the caller. It cannot be missing: its key would be gone with it. */
export async function teamOf(request: Pick<ApiRequest, 'key'>, { database }: ApiContext): Promise<Team> {
  const team = await findTeam(database, request.key.teamId);
  if (team === null) throw new Error(`the team ${request.key.teamId} of a key is gone`);
  return team;
}

/** A page in another language than the team's asks for its sentences in its own. */
export const LANGUAGE_HEADER = 'allswell-language';

/** The language of the sentences in an answer: the one that was asked for, else the team's (RULES §5). */
export function languageFor({ headers }: Pick<ApiRequest, 'headers'>, team: Pick<Team, 'language'>): Language {
  return LANGUAGES.find((language) => language === headers[LANGUAGE_HEADER]) ?? team.language;
}

/** A page elsewhere than its team asks for times in its own zone. */
export const TIMEZONE_HEADER = 'allswell-timezone';

/** The zone of the times in sentences: the one that was asked for, else the team's. A schedule's own zone wins over both. */
export function zoneFor({ headers }: Pick<ApiRequest, 'headers'>, team: Pick<Team, 'timezone'>): string {
  const asked = headers[TIMEZONE_HEADER];
  return typeof asked === 'string' && knownZone(asked) === asked ? asked : team.timezone;
}

export function notFound(what: string): Problem {
  return new Problem('not_found', `there is no ${what} with this id`);
}

/** Ends of time that a person may name: years 1970 to 9998, so that arithmetic with it stays writable. */
export const LAST_GIVEN_INSTANT: Instant = Date.UTC(9999, 0, 1) - MINUTE_MS;

/** One line of text: no control characters, something visible. */
export function line(max: number) {
  return (
    z
      .string()
      .trim()
      // What is empty has nothing visible either: one reason is enough.
      .min(1, { abort: true })
      .max(max)
      .regex(/^\P{Cc}*$/u, 'must be one line without control characters')
      .regex(/[^\p{C}\p{Z}]/u, 'must have something visible in it')
  );
}
