import type { IncomingMessage } from 'node:http';
import type { CancelTimer, Clock } from '../../platform/clock.ts';

/** This much of a body is kept, byte for byte; the rest is read and dropped. */
export const KEPT_BODY_BYTES = 100_000;
/** Beyond this the rest is not even read: the ping counts and the connection is closed. */
export const MAX_READ_BYTES = 16 * 1024 * 1024;
/** A body that does not get on counts with what came. */
export const STALLED_BODY_MS = 10_000;

export interface PingBody {
  readonly bytes: Buffer | null;
  /** How long it was, as far as it was read. */
  readonly size: number;
  /** It was not read to its end: the connection cannot be used again. */
  readonly cutShort: boolean;
}

const nothing: PingBody = { bytes: null, size: 0, cutShort: false };

export function hasBody(request: IncomingMessage): boolean {
  const { headers } = request;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** Reads the body of a ping. Never fails: a ping is not lost for its body (RULES §6). */
export function readBody(request: IncomingMessage, clock: Clock): Promise<PingBody> {
  if (!hasBody(request)) return Promise.resolve(nothing);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let kept = 0;
    let cancelStall: CancelTimer | null = null;
    const finish = (cutShort: boolean) => {
      cancelStall?.();
      request.removeAllListeners('data');
      if (cutShort) request.pause();
      resolve({ bytes: kept === 0 ? null : Buffer.concat(chunks), size, cutShort });
    };
    const watchForStall = () => {
      cancelStall?.();
      cancelStall = clock.after(STALLED_BODY_MS, () => finish(true));
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      const wanted = Math.min(chunk.length, KEPT_BODY_BYTES - kept);
      if (wanted > 0) chunks.push(wanted === chunk.length ? chunk : Buffer.from(chunk.subarray(0, wanted)));
      kept += wanted;
      if (size > MAX_READ_BYTES) finish(true);
      else watchForStall();
    });
    request.once('end', () => finish(false));
    // The client went away in the middle: what it said so far still is a sign of life.
    request.once('close', () => finish(true));
    request.once('error', () => finish(true));
    watchForStall();
  });
}
