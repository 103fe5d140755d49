import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What Node says of bytes that it could not read as a request. */
export interface ClientError extends Error {
  readonly code?: string;
  readonly rawPacket?: unknown;
  readonly bytesParsed?: number;
}

/** An answer to a request that no framework ever sees. */
export interface RawAnswer {
  readonly status: number;
  readonly body: object | string;
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};
const STATUS: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };
/** Of a request line, so much is looked at. */
const MAX_LINE_BYTES = 16 * 1024;

/** The method and the target of the request that could not be read, as far as they came. */
export function requestLineOf({ rawPacket, bytesParsed = 0 }: ClientError): { method: string; target: string } | null {
  if (!Buffer.isBuffer(rawPacket)) return null;
  // Requests may be sent ahead: the line is the one in which reading ended.
  const from = rawPacket.lastIndexOf('\n', bytesParsed) + 1;
  const line = rawPacket.subarray(from, from + MAX_LINE_BYTES).toString('latin1');
  const [, method, target] = /^([A-Z]+) (\S+) HTTP\//.exec(line) ?? [];
  return method === undefined || target === undefined ? null : { method, target };
}

/** Answers past Node's own ways, with a length and the word that nothing more comes. */
function writeAnswer(socket: Socket, status: number, { body, message }: { body?: RawAnswer['body']; message: string }) {
  const reason = REASONS[status] ?? 'Bad Request';
  // As every other error of ours (RFC 9457); of a request that cannot be read no page tells more.
  const content = body ?? { type: 'about:blank', title: reason, status, detail: message, errors: [] };
  const type = body === undefined ? 'application/problem+json' : 'application/json';
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    `Content-Type: ${typeof content === 'string' ? 'text/plain' : type}`,
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${text}`);
}

/** Answers bytes that are no request, and ends their connection. */
export function answerClientError(error: ClientError, socket: Socket, given: RawAnswer | null): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status = given?.status ?? STATUS[error.code ?? ''] ?? 400;
  writeAnswer(socket, status, {
    message: 'the request cannot be read',
    ...(given === null ? {} : { body: given.body }),
  });
  // At once: whoever still reads a body from it has to learn that nothing more comes.
  socket.destroy(error);
}

/** Refuses to be a proxy. Node hands the bare socket over, and nobody else would listen to its errors. */
export function refuseTunnel(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  writeAnswer(socket, 405, { message: 'this server is no proxy' });
  socket.destroy();
}

/**
 * We speak nothing else and answer as if nobody had asked. Node drops what was sent ahead of our answer, so that the
 * connection ends with it, and it does not notice that a body is cut.
 */
export function ignoreUpgrade(request: IncomingMessage, response: ServerResponse): void {
  response.shouldKeepAlive = false;
  request.socket.once('end', () => {
    if (!request.complete) request.destroy();
  });
}
