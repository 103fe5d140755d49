import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CancelTimer, Clock } from '../../platform/clock.ts';

/** This much of a body is kept, byte for byte; the rest is read and dropped. */
export const KEPT_BODY_BYTES = 100_000;
/** Beyond this the rest is not even read: the ping counts and the connection is closed. */
export const MAX_READ_BYTES = 16 * 1024 * 1024;
/** A body that does not get on counts with what came. */
export const STALLED_BODY_MS = 10_000;
/** So does one that drips: it must be answered before the server's own limit for a whole request ends it unanswered. */
export const SLOW_BODY_MS = 45_000;
/** Kept of all bodies that are being read at a time; beyond it they are cut shorter, never refused. */
export const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** A connection that is closed before its request was read whole is kept open this long, for the answer to arrive. */
export const LINGER_MS = 2_000;

export interface PingBody {
  readonly bytes: Buffer | null;
  /** How long it was, as far as it was read. */
  readonly size: number;
  /** It was not read to its end: the connection cannot be used again. */
  readonly cutShort: boolean;
}

export function hasBody(request: IncomingMessage): boolean {
  const { headers } = request;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** Reads the body of a ping. Never fails: a ping is not lost for its body (RULES §6). */
export type BodyReader = (request: IncomingMessage) => Promise<PingBody>;

export function createBodyReader(clock: Clock): BodyReader {
  let held = 0;
  return (request) =>
    new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let size = 0;
      let kept = 0;
      let cancelStall: CancelTimer | null = null;
      const finish = (cutShort: boolean) => {
        cancelStall?.();
        cancelSlow();
        request.off('data', take).off('end', onEnd).off('close', onLost).off('error', onLost);
        if (cutShort) request.pause();
        held -= kept;
        resolve({ bytes: kept === 0 ? null : Buffer.concat(chunks), size, cutShort });
      };
      const watchForStall = () => {
        cancelStall?.();
        cancelStall = clock.after(STALLED_BODY_MS, () => finish(true));
      };
      const take = (chunk: Buffer) => {
        size += chunk.length;
        const wanted = Math.min(chunk.length, KEPT_BODY_BYTES - kept, Math.max(0, MAX_HELD_BYTES - held));
        if (wanted > 0) chunks.push(wanted === chunk.length ? chunk : Buffer.from(chunk.subarray(0, wanted)));
        kept += wanted;
        held += wanted;
        if (size > MAX_READ_BYTES) finish(true);
        else watchForStall();
      };
      const onEnd = () => finish(false);
      // The client went away in the middle: what it said so far still is a sign of life.
      const onLost = () => finish(true);
      const cancelSlow = clock.after(SLOW_BODY_MS, () => finish(true));
      request.on('data', take).on('end', onEnd).on('close', onLost).on('error', onLost);
      watchForStall();
    });
}

/**
 * Ends an answer whose request was not read to its end. Closing at once would make the kernel reset the connection,
 * and the reset overtakes the answer: the client would call a ping lost that is on disk.
 */
export function lingerAfter(request: IncomingMessage, response: ServerResponse, text: string, clock: Clock): void {
  response.flushHeaders();
  response.write(text);
  const finish = () => {
    cancel();
    request.off('end', finish).off('close', finish).off('error', finish);
    response.end();
  };
  const cancel = clock.after(LINGER_MS, finish);
  request.on('end', finish).on('close', finish).on('error', finish);
  request.resume();
}
