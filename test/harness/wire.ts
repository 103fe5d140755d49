import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One HTTP answer, as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A connection on which tests say exactly which bytes they want. */
export interface Wire {
  readonly socket: Socket;
  write(bytes: string | Buffer): void;
  /** The next answer; `bodyless` for HEAD. Null when the connection ended without one. */
  answer(bodyless?: boolean): Promise<WireAnswer | null>;
  /** Resolves when the server has closed. */
  readonly closed: Promise<void>;
  end(): void;
}

function takeAnswer(received: Buffer, bodyless: boolean): { answer: WireAnswer; length: number } | null {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [first = '', ...lines] = received.subarray(0, headEnd).toString('latin1').split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const status = Number(first.split(' ')[1]);
  const empty = bodyless || status === 204 || status < 200;
  const length = headEnd + 4 + (empty ? 0 : Number(headers.get('content-length') ?? 0));
  if (received.length < length) return null;
  const body = received.subarray(headEnd + 4, length).toString();
  return { answer: { status, headers, body }, length };
}

export async function openWire(port: number, host = '127.0.0.1'): Promise<Wire> {
  const socket = connect({ port, host, allowHalfOpen: true });
  await once(socket, 'connect');
  let received = Buffer.alloc(0);
  let isOver = false;
  let look: () => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    look();
  });
  const over = () => {
    isOver = true;
    look();
  };
  socket.on('end', over).on('error', over).on('close', over);
  const closed = new Promise<void>((resolve) => {
    socket.once('end', resolve).once('close', () => resolve());
  });
  return {
    socket,
    closed,
    write: (bytes) => void socket.write(bytes),
    answer: (bodyless = false) =>
      new Promise((resolve) => {
        look = () => {
          const taken = takeAnswer(received, bodyless);
          if (taken === null && !isOver) return;
          look = () => undefined;
          if (taken !== null) received = received.subarray(taken.length);
          resolve(taken?.answer ?? null);
        };
        look();
      }),
    end: () => void socket.destroy(),
  };
}
