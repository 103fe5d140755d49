import { createTransport } from 'nodemailer';

const CONNECTION_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 20_000;
/** Mail servers hang up idle clients; we do it first, so that no message meets a dead connection. */
const IDLE_MS = 30_000;
const MAX_REPLY_BYTES = 64_000;

/** Connections to the operator's mail server, at most so many at a time. */
export function openTransport(url: string, maxConnections: number) {
  return createTransport({
    pool: true,
    url,
    maxConnections,
    // A message that met a connection just closed is worth one more; anything further is the next attempt's.
    maxRequeues: 1,
    idleTimeout: IDLE_MS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    greetingTimeout: CONNECTION_TIMEOUT_MS,
    dnsTimeout: CONNECTION_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    maxResponseSize: MAX_REPLY_BYTES,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}
