import type { Chance } from './chance.ts';
import { nastyJson, nastyString, Raw, writeJson } from './nasty.ts';

/** As much of JSON Schema as our OpenAPI document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly minItems?: number;
}

/** Ready values for fields that have to fit together with others. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

export interface Generator {
  readonly chance: Chance;
  readonly components: Readonly<Record<string, Schema>>;
  readonly known: Known;
}

const MAX_DEPTH = 8;

/** A value that the schema allows, as far as it says so. */
export function validValue(schema: Schema, by: Generator, name = '', depth = 0): unknown {
  const { chance } = by;
  const known = by.known[name];
  if (known !== undefined && !chance.once(4)) return chance.pick(known);
  if (schema.$ref !== undefined) {
    const found = by.components[schema.$ref.split('/').at(-1) ?? ''];
    return found === undefined || depth > MAX_DEPTH ? null : validValue(found, by, name, depth + 1);
  }
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return chance.pick(schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return validValue(chance.pick(choices), by, name, depth + 1);
  if (schema.allOf !== undefined) {
    return Object.assign({}, ...schema.allOf.map((part) => validValue(part, by, name, depth + 1)));
  }
  const type = typeof schema.type === 'string' ? schema.type : chance.pick(schema.type ?? ['string', 'object']);
  return ofType(type, schema, by, depth);
}

function ofType(type: string, schema: Schema, by: Generator, depth: number): unknown {
  const { chance } = by;
  switch (type) {
    case 'null':
      return null;
    case 'boolean':
      return chance.once(2);
    case 'integer':
    case 'number': {
      const low = Math.max(schema.minimum ?? 0, -1_000_000_000);
      const high = Math.min(schema.maximum ?? 1_000_000, 1_000_000_000);
      if (chance.once(3)) return chance.pick([low, high]);
      return chance.int(low, Math.max(low, high));
    }
    case 'array': {
      const length = chance.int(schema.minItems ?? 0, Math.min(schema.maxItems ?? 3, 3));
      return Array.from({ length }, () => validValue(schema.items ?? {}, by, '', depth + 1));
    }
    case 'object':
      return anObject(schema, by, depth);
    default:
      return aString(schema, chance);
  }
}

function anObject({ properties = {}, required = [] }: Schema, by: Generator, depth: number): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  if (depth > MAX_DEPTH) return made;
  for (const [name, property] of Object.entries(properties)) {
    if (required.includes(name) || by.chance.once(2)) made[name] = validValue(property, by, name, depth + 1);
  }
  return made;
}

function aString(schema: Schema, chance: Chance): string {
  switch (schema.format) {
    case 'uuid':
      return '01936f0e-7b1c-7c3a-9f60-2f1d0a4b5c6d';
    case 'date-time':
      return chance.pick(['2026-01-31T02:00:00Z', '2026-06-30T23:59:59.999+02:00', '1970-01-01T00:00:00Z']);
    case 'uri':
      return 'http://127.0.0.1:9/hook';
    case 'email':
      return 'a@example.test';
  }
  const length = Math.min(chance.int(schema.minLength ?? 1, schema.maxLength ?? 20), 2_000);
  const text = chance.pick(['nightly backup ', 'резервная копия ', 'a', '9', '日本']);
  return text.repeat(Math.ceil(length / text.length)).slice(0, length);
}

/** The same value with one thing in it that should not be there. Strings stay the text of a body. */
export function mutatedJson(value: unknown, chance: Chance): string {
  const text = writeJson(mutate(value, chance));
  if (!chance.once(5)) return text;
  const at = chance.int(0, text.length);
  switch (chance.int(0, 3)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + chance.pick(['\0', '{', '"', ',', '\\', '\u2028', ']']) + text.slice(at);
    case 2:
      return text + text;
    default:
      return text.slice(0, at) + text.slice(at + chance.int(1, 5));
  }
}

const ODD_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '',
  'a\0b',
  '\ud800',
  'id',
  'team_id',
];

function mutate(value: unknown, chance: Chance): unknown {
  if (Array.isArray(value) && value.length > 0 && !chance.once(3)) {
    const at = chance.int(0, value.length - 1);
    return value.map((item, index) => (index === at ? mutate(item, chance) : item));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return nastyJson(chance);
  const entries = Object.entries(value);
  if (entries.length === 0 || chance.once(5)) {
    const odd = `${JSON.stringify(chance.pick(ODD_KEYS))}:${writeJson(nastyJson(chance))}`;
    const rest = writeJson(value).slice(1, -1);
    return new Raw(`{${[odd, rest].filter((part) => part !== '').join(',')}}`);
  }
  const [key, item] = chance.pick(entries);
  if (chance.once(6))
    return new Raw(`{${writeJson(value).slice(1, -1)},${JSON.stringify(key)}:${writeJson(nastyJson(chance))}}`);
  if (chance.once(6)) return Object.fromEntries(entries.filter(([name]) => name !== key));
  return { ...value, [key]: mutate(item, chance) };
}

/** A text for a path or a query, right or odd, written so that a client may send it. */
export function anyText(chance: Chance): string {
  const text = nastyString(chance).slice(0, chance.pick([20, 200, 4_000]));
  return encodeURIComponent(text.toWellFormed());
}
