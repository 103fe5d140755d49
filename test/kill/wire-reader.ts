/** Cuts a stream of PostgreSQL's messages (protocol 3) into whole ones, whatever pieces it comes in. */

/** A message with a type: a letter, four bytes of length (themselves included), the rest. */
export interface WireMessage {
  /** One letter; empty for the first message of a client, which has none. */
  readonly type: string;
  readonly bytes: Buffer;
  /** Where what it says begins in `bytes`. */
  readonly bodyAt: number;
}

const TYPED_HEAD = 5;
const UNTYPED_HEAD = 4;

/** Takes bytes as they come and answers the messages that are complete by now. */
export type WireReader = (chunk: Buffer) => WireMessage[];

/** `fromClient`: the first message has no letter in front. Connections are plain: no TLS, no cancel requests. */
export function createWireReader(fromClient: boolean): WireReader {
  let rest: Buffer = Buffer.alloc(0);
  let isFirst = fromClient;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const messages: WireMessage[] = [];
    for (;;) {
      const head = isFirst ? UNTYPED_HEAD : TYPED_HEAD;
      if (rest.length < head) return messages;
      const length = rest.readUInt32BE(head - UNTYPED_HEAD) + (isFirst ? 0 : 1);
      if (rest.length < length) return messages;
      const type = isFirst ? '' : String.fromCharCode(rest[0] ?? 0);
      messages.push({ type, bytes: rest.subarray(0, length), bodyAt: head });
      rest = rest.subarray(length);
      isFirst = false;
    }
  };
}

/** The strings that a message begins with, each ended by a zero. */
export function textsOf({ bytes, bodyAt }: WireMessage, count: number): string[] {
  const texts: string[] = [];
  let at = bodyAt;
  while (texts.length < count) {
    const end = bytes.indexOf(0, at);
    texts.push(bytes.toString('utf8', at, end));
    at = end + 1;
  }
  return texts;
}
