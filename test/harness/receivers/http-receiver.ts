import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createJournal } from './journal.ts';

export interface ReceivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly text: string;
  json(): unknown;
}

/** How one request is answered. */
export type Reply =
  | {
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
      readonly delayMs?: number;
    }
  /** Never answers. */
  | { readonly hang: true }
  /** Sends the head and the beginning of a body, then nothing more. */
  | { readonly stall: { readonly status: number; readonly body: string } }
  /** Announces a body of a gigabyte and sends it for as long as somebody reads. */
  | { readonly endless: { readonly status: number } }
  /** Takes the request, then closes the connection without a word. */
  | { readonly cut: true };

export type Replier = (request: ReceivedRequest) => Reply | Promise<Reply>;

export interface HttpReceiver {
  /** `http://127.0.0.1:port` or `https://…`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly requests: readonly ReceivedRequest[];
  /** Bytes of endless answers that were written so far. */
  readonly endlessBytes: () => number;
  /** Resolves once an endless, stalled or hanging answer lost its reader. */
  readonly waitForHangUp: () => Promise<unknown>;
  /** Answers for the next requests, in order; after them the standing reply again. */
  script(...replies: Reply[]): void;
  /** The answer to every request that no script covers. */
  setReply(reply: Reply | Replier): void;
  waitForRequest(predicate?: (request: ReceivedRequest) => boolean): Promise<ReceivedRequest>;
  waitForCount(count: number): Promise<readonly ReceivedRequest[]>;
  close(): Promise<void>;
}

export interface HttpReceiverOptions {
  readonly reply?: Reply | Replier;
  readonly host?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
}

const ENDLESS_LENGTH = 1_000_000_000;
const ENDLESS_CHUNK = Buffer.alloc(1_024, 'x');

/** A real HTTP server on loopback that answers as the script says and remembers what it was sent. */
export async function startHttpReceiver(options: HttpReceiverOptions = {}): Promise<HttpReceiver> {
  const journal = createJournal<ReceivedRequest>('request');
  const hangUps = createJournal<true>('hang-up');
  const scripted: Reply[] = [];
  let standing: Reply | Replier = options.reply ?? { status: 200, body: 'ok' };
  let endlessBytes = 0;

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('close', () => {
      if (!response.writableFinished) hangUps.add(true);
    });
    const request = await readRequest(incoming);
    const reply = scripted.shift() ?? (typeof standing === 'function' ? await standing(request) : standing);
    journal.add(request);
    play(reply, response, (bytes) => {
      endlessBytes += bytes;
    });
  }

  const listener = (incoming: IncomingMessage, response: ServerResponse) => {
    handle(incoming, response).catch(() => response.destroy());
  };
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    requests: journal.entries,
    endlessBytes: () => endlessBytes,
    waitForHangUp: () => hangUps.waitFor(),
    script: (...replies) => void scripted.push(...replies),
    setReply: (reply) => {
      standing = reply;
    },
    waitForRequest: (predicate) => journal.waitFor(predicate),
    waitForCount: (count) => journal.waitForCount(count),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: Object.fromEntries(headers),
    body,
    text: body.toString('utf8'),
    json: () => JSON.parse(body.toString('utf8')),
  };
}

function play(reply: Reply, response: ServerResponse, count: (bytes: number) => void): void {
  if ('hang' in reply) return;
  if ('cut' in reply) return void response.socket?.destroy();
  if ('stall' in reply) {
    response.writeHead(reply.stall.status, { 'content-length': ENDLESS_LENGTH });
    response.write(reply.stall.body);
    return;
  }
  if ('endless' in reply) {
    response.writeHead(reply.endless.status, { 'content-length': ENDLESS_LENGTH });
    drip(response, count);
    return;
  }
  const answer = () => {
    response.writeHead(reply.status, reply.headers);
    response.end(reply.body ?? '');
  };
  if (reply.delayMs === undefined) answer();
  else setTimeout(answer, reply.delayMs).unref();
}

/** One chunk a turn of the event loop: slow enough that a reader can stop in time, and never faster than it reads. */
function drip(response: ServerResponse, count: (bytes: number) => void): void {
  if (response.destroyed || response.socket?.destroyed !== false) return;
  count(ENDLESS_CHUNK.length);
  const goOn = () => setImmediate(() => drip(response, count));
  if (response.write(ENDLESS_CHUNK)) goOn();
  else response.once('drain', goOn);
}
