import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** What came back over one connection. */
export interface Talk {
  readonly answers: readonly Answer[];
  /** How the server left it: still there, closed, or reset. */
  readonly end: 'open' | 'closed' | 'reset';
  /** It took longer than `withinMs`. */
  readonly late: boolean;
  readonly rest: Buffer;
  readonly tookMs: number;
}

export interface Saying {
  readonly pieces: readonly Buffer[];
  readonly pauseMs: number;
  /** The methods of the requests in it, as far as there are any: HEAD is answered without a body. */
  readonly methods: readonly string[];
  /** Done when that many answers are there; until the end when null. */
  readonly wanted: number | null;
  /** We end our side after the last byte. */
  readonly halfClose: boolean;
}

interface Taken {
  readonly answer: Answer;
  readonly length: number;
}

function takeChunks(bytes: Buffer, from: number): { readonly body: string; readonly end: number } | null {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    if (bytes.length < end) return null;
    if (size === 0) return { body: Buffer.concat(parts).toString(), end };
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = end;
  }
}

/** The first answer in these bytes, or null while it is not whole. */
export function takeAnswer(bytes: Buffer, isHead: boolean, isOver: boolean): Taken | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [first = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? Number.NaN);
  const from = headEnd + 4;
  const done = (body: string, length: number) => ({ answer: { status, headers, body }, length });
  if (isHead || status === 204 || status === 304 || status < 200) return done('', from);
  if (headers.get('transfer-encoding') === 'chunked') {
    const chunks = takeChunks(bytes, from);
    return chunks === null ? null : done(chunks.body, chunks.end);
  }
  const said = headers.get('content-length');
  if (said === undefined) return isOver ? done(bytes.toString('utf8', from), bytes.length) : null;
  const length = from + Number(said);
  return bytes.length < length ? null : done(bytes.toString('utf8', from, length), length);
}

/** Reads answers off a socket as they come. */
function createReader(socket: Socket, methods: readonly string[]) {
  let received = Buffer.alloc(0);
  let end: Talk['end'] = 'open';
  const answers: Answer[] = [];
  let wake: () => void = () => undefined;
  const take = () => {
    for (;;) {
      const taken = takeAnswer(received, methods[answers.length] === 'HEAD', end !== 'open');
      if (taken === null) break;
      received = received.subarray(taken.length);
      if (taken.answer.status >= 200 || taken.answer.status === 101) answers.push(taken.answer);
    }
    wake();
  };
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    take();
  });
  const over = (how: Talk['end']) => () => {
    if (end === 'open') end = how;
    take();
  };
  socket.on('end', over('closed')).on('error', over('reset')).on('close', over('closed'));
  return {
    answers,
    end: () => end,
    rest: () => received,
    /** Resolves with true when there is something new, or with false after the time. */
    news(withinMs: number) {
      return new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), withinMs);
        wake = () => {
          clearTimeout(timer);
          resolve(true);
        };
      });
    },
  };
}

/** Says something on a connection of its own and hears what comes back, for `withinMs` at the most. */
export async function talk(port: number, saying: Saying, withinMs: number): Promise<Talk> {
  const began = performance.now();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const reader = createReader(socket, saying.methods);
  const left = () => withinMs - (performance.now() - began);
  for (const piece of saying.pieces) {
    if (reader.end() !== 'open') break;
    socket.write(piece);
    if (saying.pauseMs > 0) await pause(saying.pauseMs);
  }
  if (saying.halfClose) socket.end();
  const isDone = () => reader.end() !== 'open' || (saying.wanted !== null && reader.answers.length >= saying.wanted);
  let late = false;
  while (!isDone() && !late) late = !(await reader.news(Math.max(1, left()))) && left() <= 0;
  const result = {
    answers: [...reader.answers],
    end: reader.end(),
    late,
    rest: reader.rest(),
    tookMs: performance.now() - began,
  };
  socket.destroy();
  return result;
}
