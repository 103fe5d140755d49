import { z } from 'zod';

/** JSON Schema as far as we look into it. */
export interface JsonSchema {
  readonly type?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly [key: string]: unknown;
}

const known = new WeakMap<z.ZodType, Partial<Record<'input' | 'output', JsonSchema>>>();

/** The JSON Schema of what goes into a schema, or of what comes out; named schemas stand under `$defs`. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const forms = known.get(schema) ?? {};
  const form = forms[io] ?? (z.toJSONSchema(schema, { io }) as JsonSchema);
  known.set(schema, { ...forms, [io]: form });
  return form;
}

/** The fields of an object's schema, also of a named one. */
export function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const named = schema.$ref === undefined ? schema : schema.$defs?.[schema.$ref.replace('#/$defs/', '')];
  return named?.properties ?? {};
}

/** What stands in a path or a query is text: turns it into what its schema asks for, where it can be one. */
export function coerce(schema: JsonSchema, given: unknown): unknown {
  if (typeof given !== 'object' || given === null) return given;
  const properties = propertiesOf(schema);
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, coerceValue(properties[name], value)]));
}

function coerceValue(schema: JsonSchema | undefined, value: unknown): unknown {
  if (schema?.type === 'array') return Array.isArray(value) ? value : [value];
  if (typeof value !== 'string') return value;
  if (schema?.type === 'integer' && /^-?\d{1,15}$/.test(value)) return Number(value);
  if (schema?.type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}
