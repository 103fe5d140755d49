import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The answer that leaves before this one. */
  readonly earlier: ServerResponse | null;
}

/** What is being answered, connection by connection. */
export interface UnderWay {
  note(request: IncomingMessage, response: ServerResponse): void;
  /**
   * Does something to a connection when the requests that came whole have their answers: at once where there are none.
   * Done once per connection; further calls are left aside.
   */
  afterAnswers(socket: Socket, act: () => void): void;
}

/**
 * Requests may be sent ahead, and what cannot be read behind one must not be answered before it: the client would take
 * that for the answer to its ping, which is on disk. Answers leave in order, so the last one is enough to know.
 */
export function createUnderWay(): UnderWay {
  const lastOf = new WeakMap<Socket, Exchange>();
  const acted = new WeakSet<Socket>();
  return {
    note(request, response) {
      const before = lastOf.get(request.socket)?.response ?? null;
      lastOf.set(request.socket, { request, response, earlier: before?.writableFinished === false ? before : null });
    },
    afterAnswers(socket, act) {
      if (acted.has(socket)) return;
      acted.add(socket);
      const last = lastOf.get(socket);
      // One that is still being read is the one that cannot be: its handler waits for bytes that will not come.
      const awaited = last === undefined || last.request.complete ? last?.response : last.earlier;
      if (!awaited || awaited.writableFinished || awaited.destroyed) act();
      else awaited.once('close', act);
    },
  };
}
