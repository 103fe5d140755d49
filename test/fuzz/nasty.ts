import type { Chance } from './chance.ts';

/** A piece of JSON that stands as it is written, also where it is no JSON. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const STRINGS: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\udfff\ud800',
  '\u202eright to left',
  '\ufeff',
  '👨‍👩‍👧‍👦',
  'e\u0301'.repeat(50),
  'İstanbul ß ŉ',
  '../../../etc/passwd',
  '%00',
  '%2e%2e%2f',
  "'; DROP TABLE monitor; --",
  '{{7*7}}<%= 7*7 %>',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  'toString',
  'NaN',
  'Infinity',
  '-0',
  '1e400',
  '9007199254740993',
  '99999999999999999999999999',
  '0x7f',
  'null',
  'true',
  '\r\nSet-Cookie: a=b',
  '* * * * *',
  '60/0 * * * *',
  '0-59/1000000000 * * * *',
  '0 0 31 2 *',
  '*-*-* 00:00:00',
  'Mon..Sun *-02-30 25:61:00',
  'Europe/Nowhere',
  'Etc/GMT+99',
  '+25:00',
  '2026-02-30T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  '-271821-04-19T23:59:59Z',
  '0000-00-00T00:00:00Z',
  '9999-12-31T23:59:60Z',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  'http://[::1',
  'http://127.0.0.1:99999/',
  'http://user:pa%ss@127.0.0.1:9/',
  'a@b',
  `${'a'.repeat(64)}@${'b'.repeat(250)}.test`,
];

/** What a pattern may stumble over when there is enough of it. */
const LONG_PIECES: readonly string[] = [
  'a',
  ' ',
  '0',
  '-',
  '* ',
  '1,',
  '.',
  '/',
  '\u00e9',
  '😀',
  'a-',
  '\n',
  '"',
  '\\',
  '@',
];
const LENGTHS: readonly number[] = [101, 256, 1_000, 5_000, 65_536, 300_000];

export function nastyString(chance: Chance): string {
  if (chance.once(6)) {
    const length = chance.pick(LENGTHS);
    const piece = chance.pick(LONG_PIECES);
    return piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
  }
  return chance.pick(STRINGS);
}

const TOKENS: readonly string[] = [
  'NaN',
  'Infinity',
  '-Infinity',
  'undefined',
  '1e400',
  '-1e400',
  '1e-400',
  '-0',
  '0.1',
  '1.0',
  '01',
  '0x10',
  '9007199254740993',
  '2147483648',
  '-2147483649',
  '4294967296',
  '9223372036854775808',
  '1e308',
  '-1',
  '253402300800000',
  'null',
  'true',
  'false',
  '[]',
  '{}',
  '""',
  '[null]',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"a":1,"a":2}',
  '"\\ud800"',
  '"\\u0000"',
  "'single'",
  '"unclosed',
];
const DEPTHS: readonly number[] = [15, 16, 17, 100, 5_000, 100_000];
const WIDTHS: readonly number[] = [50, 1_001, 20_000];

/** Anything that may stand where a JSON value is expected. */
export function nastyJson(chance: Chance): Raw | string {
  if (chance.once(2)) return nastyString(chance);
  if (chance.once(12)) {
    const depth = chance.pick(DEPTHS);
    return new Raw(
      chance.once(2) ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
    );
  }
  if (chance.once(12)) {
    const width = chance.pick(WIDTHS);
    const item = chance.pick(['0', '""', '{}', 'null', '"00000000-0000-7000-8000-000000000000"']);
    return new Raw(`[${Array.from({ length: width }, () => item).join(',')}]`);
  }
  if (chance.once(12)) {
    const fields = Array.from({ length: chance.pick(WIDTHS) }, (_, index) => `"field_${index}":${index}`);
    return new Raw(`{${fields.join(',')}}`);
  }
  return new Raw(chance.pick(TOKENS));
}

/** JSON, with the raw pieces as they are. */
export function writeJson(value: unknown): string {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${writeJson(item)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
