import { isIP, type Socket } from 'node:net';
import { getCACertificates } from 'node:tls';
import { buildConnector, Client, type Dispatcher, ProxyAgent } from 'undici';
import { exchangeFailure, type OutboundFailure, type Phase } from './failure.ts';
import { orAbort } from './or-abort.ts';
import type { Route } from './route.ts';

export type OutboundHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface Answer {
  readonly ok: true;
  readonly status: number;
  /** Names in lower case; repeated headers as a list. */
  readonly headers: OutboundHeaders;
  readonly body: Buffer;
  /** The answer was longer than what was read of it. */
  readonly truncated: boolean;
  /** The address that was dialled; null where a proxy did that for us. */
  readonly remoteAddress: string | null;
}

/** One request to one place, already checked: no redirects, no deadline of its own, `signal` ends it. */
export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string | null;
  readonly maxResponseBytes: number;
  readonly caPem: string | undefined;
  readonly signal: AbortSignal;
  readonly route: Route;
}

/** How long one of several addresses may keep the next one waiting. */
const NEXT_ADDRESS_MS = 250;
/** A proxy's socket is not in our hands, so its connecting has a bound besides the deadline. */
const PROXY_CONNECT_MS = 15_000;
const MAX_HEADER_BYTES = 32_768;

/** The library's own timers are off: the one deadline covers everything. HTTP/1.1 only, as a connection serves once. */
const CLIENT_OPTIONS = { headersTimeout: 0, bodyTimeout: 0, allowH2: false, maxHeaderSize: MAX_HEADER_BYTES } as const;

interface Line {
  readonly dispatcher: Dispatcher;
  /** The address that answered, once connected. */
  readonly remoteAddress: () => string | null;
  readonly isConnected: () => boolean;
  /** Closes all sockets at once, also one that is still connecting. */
  readonly hangUp: () => void;
}

/**
 * Sends one request over a connection of its own and reads the answer up to the cap. A connection is never used
 * again: one that the other side has just closed would fail a request that was never seen, and each request gets
 * exactly the addresses that were checked for it.
 */
export async function exchange(request: Exchange): Promise<Answer | OutboundFailure> {
  const place = `${request.url.hostname}:${request.url.port || (request.url.protocol === 'https:' ? 443 : 80)}`;
  let line: Line | null = null;
  let status: number | undefined;
  try {
    const open = openLine(request);
    line = open;
    return await orAbort(
      talk(open, request, (head) => {
        status = head;
      }),
      request.signal,
    );
  } catch (error) {
    const phase: Phase = status !== undefined ? 'reading' : line?.isConnected() ? 'waiting' : 'connecting';
    return exchangeFailure(place, phase, error, status);
  } finally {
    line?.hangUp();
  }
}

async function talk(line: Line, request: Exchange, onHead: (status: number) => void): Promise<Answer> {
  const answer = await line.dispatcher.request({
    origin: request.url.origin,
    path: `${request.url.pathname}${request.url.search}`,
    method: request.method,
    headers: request.headers,
    body: request.body,
    signal: request.signal,
    reset: true,
  });
  onHead(answer.statusCode);
  const { body, truncated } = await readCapped(answer.body, request.maxResponseBytes);
  const { statusCode: status, headers } = answer;
  return { ok: true, status, headers, body, truncated, remoteAddress: line.remoteAddress() };
}

async function readCapped(stream: AsyncIterable<Buffer>, limit: number): Promise<{ body: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(size + chunk.length > limit ? chunk.subarray(0, limit - size) : chunk);
    size += chunk.length;
    if (size > limit) return { body: Buffer.concat(chunks), truncated: true };
  }
  return { body: Buffer.concat(chunks), truncated: false };
}

function openLine(request: Exchange): Line {
  return 'proxyUrl' in request.route
    ? proxyLine(request.route.proxyUrl, request.caPem)
    : directLine(request.url, request.route.addresses, request.caPem);
}

function directLine(url: URL, addresses: readonly string[], caPem: string | undefined): Line {
  let socket: Socket | null = null;
  let remoteAddress: string | null = null;
  const dial = buildConnector({
    ...trust(caPem),
    allowH2: false,
    timeout: 0,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    lookup: pinnedLookup(addresses),
  });
  const connect: buildConnector.connector = (options, callback) => {
    const dialled: unknown = dial(options, (...result) => {
      if (result[1]) {
        socket = result[1];
        remoteAddress = socket.remoteAddress ?? null;
      }
      callback(...result);
    });
    // The connector gives its socket back at once, although its types do not say so: hanging up needs it early.
    if (isSocket(dialled)) socket = dialled;
  };
  const client = new Client(url.origin, { ...CLIENT_OPTIONS, connect });
  return {
    dispatcher: client,
    remoteAddress: () => remoteAddress,
    isConnected: () => remoteAddress !== null,
    hangUp: () => {
      // With an error, as the client waits for a word about a connection that is still being made.
      socket?.destroy(new Error('hung up'));
      destroyQuietly(client);
    },
  };
}

function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'destroy' in value && 'remoteAddress' in value;
}

function proxyLine(proxyUrl: string, caPem: string | undefined): Line {
  const agent = new ProxyAgent({
    ...CLIENT_OPTIONS,
    uri: proxyUrl,
    connections: 1,
    proxyTunnel: true,
    requestTls: { ...trust(caPem), allowH2: false },
    // Only where the proxy itself speaks TLS: for SOCKS the library takes the mere setting as a wish for it.
    ...(/^https:/i.test(proxyUrl) ? { proxyTls: { allowH2: false } } : {}),
    connectTimeout: PROXY_CONNECT_MS,
  });
  return {
    dispatcher: agent,
    remoteAddress: () => null,
    isConnected: () => false,
    hangUp: () => destroyQuietly(agent),
  };
}

/** A further authority is trusted for this request only, never for the process. */
function trust(caPem: string | undefined): { ca?: string[] } {
  return caPem === undefined ? {} : { ca: [...getCACertificates('default'), caPem] };
}

function destroyQuietly(dispatcher: Dispatcher): void {
  // What destroying may reject with is the end of a request that has its outcome already.
  dispatcher.destroy().catch(() => undefined);
}

type LookupCallback = (error: null, found: string | { address: string; family: number }[], family?: number) => void;

/** Answers every look-up of the socket with the addresses that were checked, so that no second answer can slip in. */
function pinnedLookup(addresses: readonly string[]) {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname: string, options: { all?: boolean | undefined }, callback: LookupCallback) => {
    const first = found[0] ?? { address: '', family: 0 };
    if (options.all) callback(null, [...found]);
    else callback(null, first.address, first.family);
  };
}
