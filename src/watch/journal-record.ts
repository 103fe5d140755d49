import type { PingKind } from '../core/signal.ts';
import { writeUuid } from '../store/binary-array.ts';
import type { Ping } from './ping.ts';

/** A ping whose monitor was known when it came, as the journal keeps it. */
export interface JournaledPing {
  readonly monitorId: string;
  readonly ping: Ping;
}

const FORMAT = 1;
const KINDS: readonly PingKind[] = ['success', 'start', 'fail', 'log'];
const NONE = -1;
/** The sender is the one of the ping before: most batches come from a few. */
const SAME_SENDER = 1;
const HAS_BODY = 2;
/** Bytes of a ping besides its sender and its body: id, arrival, kind, exit status, flags, length of the body. */
const FIXED_BYTES = 16 + 8 + 1 + 2 + 1 + 4;
const MAX_TEXT_BYTES = 4 * (8 + 64 + 200) + 6;

function sameSender(a: Ping, b: Ping | undefined): boolean {
  return b !== undefined && a.method === b.method && a.remoteAddr === b.remoteAddr && a.userAgent === b.userAgent;
}

/** A batch of pings as bytes. What makes a ping go another way (run id, `at=`, key of a retry) has no place in it. */
export function writeRecord(batch: readonly JournaledPing[]): Buffer {
  let most = 1;
  for (const { ping } of batch) most += FIXED_BYTES + MAX_TEXT_BYTES + 4 + (ping.body?.length ?? 0);
  const bytes = Buffer.allocUnsafe(most);
  let at = bytes.writeUInt8(FORMAT);
  const text = (value: string) => {
    const length = bytes.write(value, at + 2);
    bytes.writeUInt16LE(length, at);
    at += 2 + length;
  };
  let before: Ping | undefined;
  for (const { monitorId, ping } of batch) {
    const same = sameSender(ping, before);
    at = writeUuid(bytes, monitorId, at);
    at = bytes.writeDoubleLE(ping.receivedAt, at);
    at = bytes.writeUInt8(KINDS.indexOf(ping.kind), at);
    at = bytes.writeInt16LE(ping.exitStatus ?? NONE, at);
    at = bytes.writeUInt8((same ? SAME_SENDER : 0) | (ping.body === null ? 0 : HAS_BODY), at);
    at = bytes.writeUInt32LE(ping.bodySize, at);
    if (!same) {
      text(ping.method);
      text(ping.remoteAddr);
      text(ping.userAgent);
    }
    if (ping.body !== null) {
      at = bytes.writeUInt32LE(ping.body.length, at);
      at += ping.body.copy(bytes, at);
    }
    before = ping;
  }
  return bytes.subarray(0, at);
}

/** The batch that `writeRecord` wrote. Throws where the bytes are of another format. */
export function readRecord(bytes: Buffer): JournaledPing[] {
  if (bytes[0] !== FORMAT) throw new Error(`a journal record of the unknown format ${bytes[0]}`);
  const batch: JournaledPing[] = [];
  let at = 1;
  const text = () => {
    const from = at + 2;
    at = from + bytes.readUInt16LE(at);
    return bytes.toString('utf8', from, at);
  };
  let sender = { method: '', remoteAddr: '', userAgent: '' };
  while (at < bytes.length) {
    const monitorId = readUuid(bytes, at);
    const receivedAt = bytes.readDoubleLE(at + 16);
    const kind = KINDS[bytes.readUInt8(at + 24)];
    if (kind === undefined) throw new Error('a journal record with an unknown kind of ping');
    const exitStatus = bytes.readInt16LE(at + 25);
    const flags = bytes.readUInt8(at + 27);
    const bodySize = bytes.readUInt32LE(at + 28);
    at += FIXED_BYTES;
    if ((flags & SAME_SENDER) === 0) sender = { method: text(), remoteAddr: text(), userAgent: text() };
    let body: Buffer | null = null;
    if ((flags & HAS_BODY) !== 0) {
      const from = at + 4;
      at = from + bytes.readUInt32LE(at);
      body = bytes.subarray(from, at);
    }
    const plain = { key: null, name: null, reportedAt: null, runId: null, idempotencyKey: null };
    const ping = { ...plain, kind, receivedAt, exitStatus: exitStatus === NONE ? null : exitStatus };
    batch.push({ monitorId, ping: { ...ping, ...sender, body, bodySize } });
  }
  return batch;
}

function readUuid(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
