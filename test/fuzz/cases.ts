import type { Chance } from './chance.ts';
import { anyWriting, encode, headOf } from './encode.ts';
import type { Saying, Talk } from './exchange.ts';
import { MALFORMED, WRONG_BODIES } from './malformed.ts';
import { makeRequest, type Places, type Request } from './requests.ts';
import type { Schema } from './schema.ts';
import type { Target } from './targets.ts';

export interface Case {
  readonly name: string;
  readonly saying: Saying;
  /** What is wrong with what came back; null when nothing is. */
  judge(talk: Talk): string | null;
}

export interface World {
  readonly targets: readonly Target[];
  readonly components: Readonly<Record<string, Schema>>;
  readonly places: Places;
}

const MAX_PIPELINED = 5;
const PROBE = Buffer.from('GET /healthz HTTP/1.1\r\nHost: watch.test\r\n\r\n');

/** Nothing may ever answer so: our own failures are 503 with a time to come again. */
export function wrongAnswer({ answers, rest, late }: Talk): string | null {
  for (const { status, headers, body } of answers) {
    if (status === 503 && /^\d+$/.test(headers.get('retry-after') ?? '')) continue;
    if (!(status >= 200 && status < 500) && status !== 101) return `answered ${status}: ${body.slice(0, 300)}`;
  }
  if (late) return `no end: after ${answers.length} answers nothing more came`;
  if (rest.length > 0) return `bytes that are no answer: ${JSON.stringify(rest.toString('latin1').slice(0, 200))}`;
  return null;
}

/** Where the server itself says that the connection cannot be used any more. */
const MAY_CLOSE = new Set([413, 408, 431]);

/** More than that is not read by every route, and what is left unread may reset the connection. */
const READ_WHOLE_BYTES = 16 * 1024;

function judgeRight(requests: number, mayEnd: boolean, talk: Talk): string | null {
  const isCut = talk.end !== 'open' && mayEnd;
  const wrong = wrongAnswer(isCut ? { ...talk, rest: Buffer.alloc(0) } : talk);
  if (wrong !== null) return wrong;
  // Whoever sends more than is read may lose the answer to the reset of the connection.
  if (isCut && talk.end === 'reset') return null;
  const statuses = talk.answers.map(({ status }) => status);
  const closing = talk.answers.at(-1);
  if (closing?.headers.get('connection') === 'close' && (mayEnd || MAY_CLOSE.has(closing.status))) return null;
  if (talk.answers.length < requests + 1)
    return `${requests} right requests and a probe, answered ${statuses.join(' ')}, then ${talk.end}`;
  if (closing?.status !== 200) return `the probe behind them was answered ${closing?.status}`;
  return null;
}

function anyRequest(world: World, chance: Chance): Request {
  return makeRequest(chance.pick(world.targets), world.places, { chance, components: world.components });
}

/** Cut into a few pieces, so that heads and bodies come apart at any place. */
function pieces(bytes: Buffer, chance: Chance, count: number): Buffer[] {
  const cuts = Array.from({ length: count - 1 }, () => chance.int(0, bytes.length)).sort((a, b) => a - b);
  return [0, ...cuts]
    .map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length))
    .filter(({ length }) => length > 0);
}

/** Requests that are right as HTTP, one or several ahead, and behind them one that shows that the connection lives. */
function rightRequests(world: World, chance: Chance): Case {
  const count = chance.once(4) ? chance.int(2, MAX_PIPELINED) : 1;
  const parts: Buffer[] = [];
  const requests: Request[] = [];
  let mayEnd = false;
  for (let index = 0; index < count && !mayEnd; index += 1) {
    const request = anyRequest(world, chance);
    const writing = anyWriting(chance);
    const bytes = encode(request, writing, chance);
    mayEnd =
      writing.close ||
      writing.version === '1.0' ||
      request.headers.some(([name]) => name === 'Upgrade') ||
      bytes.length > READ_WHOLE_BYTES;
    requests.push(request);
    parts.push(bytes);
  }
  const isSlow = chance.once(30);
  return {
    name: requests.map(({ method, target }) => `${method} ${target.slice(0, 80)}`).join(', '),
    saying: {
      pieces: pieces(Buffer.concat([...parts, PROBE]), chance, isSlow ? chance.int(2, 6) : 1),
      pauseMs: isSlow ? 20 : 0,
      methods: [...requests.map(({ method }) => method), 'GET'],
      wanted: requests.length + 1,
      halfClose: false,
    },
    judge: (talk) => judgeRight(requests.length, mayEnd, talk),
  };
}

function judgeMalformed(mayAnswerFirst: boolean, sentBytes: number, talk: Talk): string | null {
  const wrong = wrongAnswer({ ...talk, rest: Buffer.alloc(0) });
  if (wrong !== null) return wrong;
  if (talk.end === 'open') return 'the connection stays open';
  const last = talk.answers.at(-1);
  if (last === undefined) {
    return talk.end === 'reset' && sentBytes > READ_WHOLE_BYTES ? null : 'no answer before the end';
  }
  return last.status >= 400 || mayAnswerFirst ? null : `answered ${last.status}`;
}

function malformed(world: World, chance: Chance): Case {
  const name = chance.pick(Object.keys(MALFORMED));
  const path = anyPath(world, chance);
  const made = MALFORMED[name]?.(chance, path) ?? '';
  const bytes = typeof made === 'string' ? Buffer.from(made, 'latin1') : made;
  return {
    name: `malformed: ${name}`,
    saying: {
      pieces: pieces(bytes, chance, chance.once(4) ? 3 : 1),
      pauseMs: 0,
      methods: [],
      wanted: null,
      halfClose: false,
    },
    judge: (talk) => judgeMalformed(WRONG_BODIES.has(name), bytes.length, talk),
  };
}

function anyPath({ targets, places }: World, chance: Chance): string {
  const { path } = chance.pick(targets);
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => chance.pick(places.values[name] ?? ['x']));
}

/** A right request that ends too early, or has bytes changed: whatever comes, it comes soon and is no failure of ours. */
function broken(world: World, chance: Chance): Case {
  const request = anyRequest(world, chance);
  const bytes = Buffer.from(encode(request, { ...anyWriting(chance), close: false }, chance));
  const isCut = chance.once(2);
  for (let count = isCut ? 0 : chance.int(1, 5); count > 0; count -= 1) {
    // Mostly in the head, where it matters.
    bytes[chance.int(0, Math.min(bytes.length, 400) - 1)] = chance.pick([
      0,
      9,
      10,
      13,
      32,
      58,
      127,
      128,
      255,
      chance.int(33, 126),
    ]);
  }
  const whole = isCut ? bytes.subarray(0, chance.int(1, bytes.length - 1)) : bytes;
  return {
    name: `${isCut ? 'cut' : 'changed'}: ${request.method} ${request.target.slice(0, 80)}`,
    saying: { pieces: [whole], pauseMs: 0, methods: [request.method], wanted: null, halfClose: true },
    judge: (talk) => wrongAnswer({ ...talk, rest: Buffer.alloc(0) }),
  };
}

/** A client that leaves in the middle, without a word. */
function gone(world: World, chance: Chance): Case {
  const request = anyRequest(world, chance);
  const bytes =
    request.body === null
      ? headOf(request, { version: '1.1', chunked: false, close: false }, [['Host', 'x']])
      : encode(request, { version: '1.1', chunked: false, close: false }, chance);
  return {
    name: `gone: ${request.method} ${request.target.slice(0, 80)}`,
    saying: {
      pieces: [bytes.subarray(0, chance.int(1, bytes.length))],
      pauseMs: 1,
      methods: [request.method],
      wanted: 0,
      halfClose: false,
    },
    judge: (talk) => wrongAnswer({ ...talk, rest: Buffer.alloc(0) }),
  };
}

/** The case of this number: the same for the same choices of chance, up to the ids in it. */
export function makeCase(world: World, chance: Chance): Case {
  const kind = chance.int(1, 20);
  if (kind <= 14) return rightRequests(world, chance);
  if (kind <= 16) return malformed(world, chance);
  return kind <= 19 ? broken(world, chance) : gone(world, chance);
}
