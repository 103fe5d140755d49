import type { z } from 'zod';
import type { FieldError } from '../problems.ts';

type Issue = z.core.$ZodIssue;

/** Words for fields that people often try and that do not exist there, by field. */
export type Hints = Readonly<Record<string, string>>;

const HINTS: Hints = {
  period: 'write "schedule": {"type": "period", "seconds": …}',
  timeout: 'write "schedule": {"type": "period", "seconds": …}',
  cron: 'write "schedule": {"type": "cron", "expression": "…", "timezone": "…"}',
  grace: 'the field is called grace_seconds (start_grace_seconds for a process)',
  tz: 'the field is called timezone and stands in the schedule',
  timezone: 'the time zone stands in the schedule',
  status: 'the status follows from signals; use the calls pause and resume',
  ping_key: 'the field is called key and can be given at creation only; later use rotate-key',
  key: 'the key can be given at creation only; later use rotate-key',
};

const NAMES_OF_TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function typeName(expected: string): string {
  return NAMES_OF_TYPES[expected] ?? expected;
}

/** What a body has at a field's name, such as `schedule.expression`; undefined where there is nothing. */
export function givenAt(root: unknown, field: string): unknown {
  return valueAt(root, field.split('.'));
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** What is counted, one and many. */
const UNITS: Readonly<Record<string, readonly [string, string]>> = {
  string: ['character', 'characters'],
  array: ['item', 'items'],
};

function bound(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  const isSmall = issue.code === 'too_small';
  const limit = isSmall ? issue.minimum : issue.maximum;
  const word = issue.inclusive === false ? (isSmall ? 'more than' : 'less than') : isSmall ? 'at least' : 'at most';
  const unit = UNITS[issue.origin]?.[Number(limit) === 1 ? 0 : 1];
  return unit === undefined ? `${word} ${limit}` : `${word} ${limit} ${unit}`;
}

/** What a value of several possible forms may be: `a text or a list`. */
function alternatives(issues: readonly Issue[][]): string | null {
  const words = issues.map(([first]) => (first === undefined ? undefined : one(first, null).allowed));
  if (words.length === 0 || words.some((allowed) => allowed === undefined)) return null;
  const flat = words.flatMap((allowed) =>
    Array.isArray(allowed) ? allowed.map((value) => JSON.stringify(value)) : [String(allowed)],
  );
  return [...new Set(flat)].join(' or ');
}

function one(issue: Issue, given: unknown): Pick<FieldError, 'message' | 'allowed'> {
  switch (issue.code) {
    case 'invalid_type': {
      const allowed = typeName(issue.expected);
      return { message: given === undefined ? `is missing; it has to be ${allowed}` : `must be ${allowed}`, allowed };
    }
    case 'invalid_value': {
      const allowed = issue.values.filter((value) => typeof value !== 'symbol');
      const words = allowed.map((value) => JSON.stringify(value)).join(', ');
      const message = allowed.length === 1 ? `must be ${words}` : `must be one of ${words}`;
      return { message: given === undefined ? `is missing; it ${message}` : message, allowed };
    }
    case 'too_small':
    case 'too_big': {
      const allowed = bound(issue);
      return { message: `must ${UNITS[issue.origin] === undefined ? 'be' : 'have'} ${allowed}`, allowed };
    }
    case 'invalid_union': {
      const options = 'options' in issue ? (issue as { options?: unknown }).options : undefined;
      if (Array.isArray(options)) {
        const words = options.map((value) => JSON.stringify(value)).join(', ');
        return { message: `must be one of ${words}`, allowed: options };
      }
      const allowed = alternatives(issue.errors);
      if (allowed === null) return { message: issue.message };
      return { message: given === undefined ? `is missing; it has to be ${allowed}` : `must be ${allowed}`, allowed };
    }
    default:
      return { message: issue.message };
  }
}

/** Of a value of several possible forms that has one of them, what is wrong inside it: `channels.0`, not `channels`. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const inside = issue.errors.flat().find(({ path }) => path.length > 0);
  return inside === undefined ? issue : { ...inside, path: [...issue.path, ...inside.path] };
}

/** Says of each thing that a schema refused: the field, what was given, what is allowed. */
export function fieldErrors(
  error: z.ZodError,
  root: unknown,
  prefix = '',
  allowed: readonly string[] = [],
): FieldError[] {
  return error.issues.map(deepest).flatMap((issue): FieldError[] => {
    const field = [...(prefix === '' ? [] : [prefix]), ...issue.path.map(String)].join('.');
    if (issue.code === 'unrecognized_keys') {
      const isTop = issue.path.length === 0 && allowed.length > 0;
      return issue.keys.map((key) => ({
        field: field === '' ? key : `${field}.${key}`,
        message: HINTS[key] === undefined ? 'is not known here' : `is not known here; ${HINTS[key]}`,
        given: valueAt(root, [...issue.path, key]),
        ...(isTop ? { allowed } : {}),
      }));
    }
    const given = valueAt(root, issue.path);
    return [{ field, ...one(issue, given), ...(given === undefined ? {} : { given }) }];
  });
}
