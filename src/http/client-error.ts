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

/** Answers bytes that are no request, and ends their connection. */
export function answerClientError(error: ClientError, socket: Socket, given: RawAnswer | null): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status = given?.status ?? STATUS[error.code ?? ''] ?? 400;
  const reason = REASONS[status] ?? 'Bad Request';
  const body = given?.body ?? { error: reason, message: 'the request cannot be read', statusCode: status };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    `Content-Type: ${typeof body === 'string' ? 'text/plain' : 'application/json'}`,
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${text}`);
  // At once: whoever still reads a body from it has to learn that nothing more comes.
  socket.destroy(error);
}
