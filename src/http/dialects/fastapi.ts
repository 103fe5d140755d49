import { findJsonFault, isTooDeep } from './python-json.ts';

/** One thing that FastAPI (pydantic 2) found wrong with a request. */
export interface Finding {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

/** How FastAPI refuses a request: 422 with what it found, or another status with a sentence. */
export interface Refusal {
  readonly status: number;
  readonly detail: string | readonly Finding[];
}

export function refuse(...findings: readonly Finding[]): Refusal {
  return { status: 422, detail: findings };
}

const UNPARSABLE: Refusal = { status: 400, detail: 'There was an error parsing the body' };

/**
 * FastAPI reads JSON where the type says so, or where there is no type; everything else stays bytes. Of ours: `curl -d`
 * without a header calls everything a form, and Cronflow's own manual does that; an object is an object all the same.
 */
function isJson(contentType: string, text: string): boolean {
  const type = contentType.toLowerCase().replace(/;.*$/s, '').trim();
  if (type === 'application/x-www-form-urlencoded') return /^\s*\{/.test(text);
  return type === '' || /^application\/([\w.-]+\+)?json$/.test(type);
}

/** The body as the object that a model is made of, or how FastAPI refuses it. */
export function readModelBody(
  contentType: string,
  bytes: Buffer,
): { readonly body: Readonly<Record<string, unknown>> } | Refusal {
  if (bytes.length === 0) return refuse({ type: 'missing', loc: ['body'], msg: 'Field required', input: null });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return UNPARSABLE;
  }
  const value = isJson(contentType, text) ? parseJson(text) : { value: text };
  if ('status' in value) return value;
  return asModel(value.value);
}

function parseJson(text: string): { readonly value: unknown } | Refusal {
  try {
    const value: unknown = JSON.parse(text);
    return isTooDeep(value) ? UNPARSABLE : { value };
  } catch {
    const fault = findJsonFault(text) ?? { message: 'Expecting value', position: 0 };
    return refuse({
      type: 'json_invalid',
      loc: ['body', fault.position],
      msg: 'JSON decode error',
      input: {},
      ctx: { error: fault.message },
    });
  }
}

function asModel(value: unknown): { readonly body: Readonly<Record<string, unknown>> } | Refusal {
  if (value === null) return refuse({ type: 'missing', loc: ['body'], msg: 'Field required', input: null });
  if (typeof value === 'object' && !Array.isArray(value)) return { body: value as Record<string, unknown> };
  return refuse({
    type: 'model_attributes_type',
    loc: ['body'],
    msg: 'Input should be a valid dictionary or object to extract fields from',
    input: value,
  });
}

/** Why a value is no text that can be kept; null when it is one. */
export function stringFinding(loc: Finding['loc'], input: unknown): Finding | null {
  if (typeof input !== 'string') return { type: 'string_type', loc, msg: 'Input should be a valid string', input };
  if (input.isWellFormed()) return null;
  const msg = 'Input should be a valid string, unable to parse raw data as a unicode string';
  return { type: 'string_unicode', loc, msg, input };
}

/** What a validator of the model's own says. */
export function valueFinding(loc: Finding['loc'], input: unknown, sentence: string): Finding {
  return { type: 'value_error', loc, msg: `Value error, ${sentence}`, input, ctx: { error: {} } };
}

/** A whole number of the query from 0 to `most` (more is taken as that), or what is wrong with it. */
export function readCount(name: string, given: unknown, fallback: number, most: number): number | Finding {
  const input = Array.isArray(given) ? given.at(-1) : given;
  if (input === undefined) return fallback;
  const loc = ['query', name];
  if (!/^\s*[-+]?\d+(\.0*)?\s*$/.test(String(input))) {
    const msg = 'Input should be a valid integer, unable to parse string as an integer';
    return { type: 'int_parsing', loc, msg, input };
  }
  const count = Number(input);
  if (count >= 0) return Math.min(count, most);
  const msg = 'Input should be greater than or equal to 0';
  return { type: 'greater_than_equal', loc, msg, input, ctx: { ge: 0 } };
}
