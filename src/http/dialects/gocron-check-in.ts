import { MAX_PERIOD_SECONDS, MIN_PERIOD_SECONDS } from '../../core/schedule/schedule.ts';
import { MAX_LIMIT_SECONDS } from '../../core/timing.ts';
import { readJson } from '../api/json-safety.ts';

/** Names and accounts of jobs, in UTF-16 units. Both together have to fit into one entry of an index. */
export const MAX_NAME_CHARACTERS = 255;
/** RFC 5321: a path is at most 256 octets, its angle brackets included. */
const MAX_ADDRESS_CHARACTERS = 254;

/** One check-in, understood: what the job is called, and what is wished for it. */
export interface CheckIn {
  readonly cronname: string;
  readonly account: string;
  readonly email: string;
  readonly frequencySeconds: number;
  /** The job is the gateway of its account. */
  readonly isSite: boolean;
  /** How much later than its frequency it may come; null: not said. */
  readonly toleranceSeconds: number | null;
}

type Fields = ReadonlyMap<string, unknown>;

const CONTROL = /\p{Cc}/u;
const VISIBLE = /[^\p{C}\p{Z}]/u;
/** What browsers take as an address; one more than that, `root@localhost`, is what mail on a private network looks like. */
const ADDRESS =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
const DIGITS = /^\d{1,10}$/;

/** A name as it was given; null where it could not be shown or kept as given. */
function readName(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_NAME_CHARACTERS) return null;
  return VISIBLE.test(value) && !CONTROL.test(value) && value.isWellFormed() ? value : null;
}

/** One address. A plus sign that was not escaped arrives as a space, and no address contains one. */
export function readAddress(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_ADDRESS_CHARACTERS) return null;
  const address = value.trim().replaceAll(' ', '+');
  return ADDRESS.test(address) ? address : null;
}

function readWhole(value: unknown, least: number, most: number): number | null {
  const number = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) return null;
  return number >= least && number <= most ? number : null;
}

const FLAGS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [undefined, false],
  [null, false],
  [false, false],
  [0, false],
  ['', false],
  ['0', false],
  ['false', false],
  [true, true],
  [1, true],
  ['1', true],
  ['true', true],
]);

function readCheckIn(fields: Fields): CheckIn | null {
  const cronname = readName(fields.get('cronname'));
  const account = readName(fields.get('account'));
  const email = readAddress(fields.get('email'));
  const frequencySeconds = readWhole(fields.get('frequency'), MIN_PERIOD_SECONDS, MAX_PERIOD_SECONDS);
  const isSite = FLAGS.get(fields.get('site'));
  const tolerance = fields.get('tolerance') ?? '';
  const toleranceSeconds = tolerance === '' ? null : readWhole(tolerance, 0, MAX_LIMIT_SECONDS);
  if (tolerance !== '' && toleranceSeconds === null) return null;
  if (cronname === null || account === null || email === null) return null;
  if (frequencySeconds === null || isSite === undefined) return null;
  return { cronname, account, email, frequencySeconds, isSite, toleranceSeconds };
}

/** The first of each name counts, as in gocron. */
function firstOf(entries: Iterable<readonly [string, unknown]>): Fields {
  const fields = new Map<string, unknown>();
  for (const [name, value] of entries) {
    if (!fields.has(name)) fields.set(name, value);
  }
  return fields;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A part of a query in UTF-8, escaped or as plain bytes; throws where it is neither. */
function decode(part: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(part)) throw new RangeError('a percent sign that escapes nothing');
  const bytes = part
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  // Node hands each byte of a request line on as one character.
  return utf8.decode(Buffer.from(bytes, 'latin1'));
}

/** What stands behind the question mark, byte for byte as it came; null where it is no check-in. */
export function readQueryCheckIn(query: string): CheckIn | null {
  try {
    const entries = query.split('&').map((pair) => {
      const [name = '', ...rest] = pair.split('=');
      return [decode(name), decode(rest.join('='))] as const;
    });
    return readCheckIn(firstOf(entries));
  } catch {
    // Not UTF-8, or not percent-encoding: two such names could not be told apart.
    return null;
  }
}

/** A JSON body; null where it is no check-in. Names of fields are taken in any case, and others are left alone. */
export function readBodyCheckIn(body: Buffer): CheckIn | null {
  const read = readJson(body);
  if (!('value' in read)) return null;
  const { value } = read;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return readCheckIn(firstOf(Object.entries(value).map(([name, field]) => [name.toLowerCase(), field] as const)));
}
