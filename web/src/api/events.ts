import { address, standardHeaders } from './client.ts';
import { createEventParser } from './event-parser.ts';

/** Something changed; what it is now is asked of the API. */
export interface Change {
  readonly type: 'monitor' | 'incident' | 'signal' | 'channel' | 'delivery';
  readonly id: string;
  readonly monitor_id?: string | null;
}

/** The first change after a while is shown at once, together with what comes with it. */
const FIRST_GATHER_MS = 50;
/** Further ones are gathered for so long, so that a storm is one refresh. */
const GATHER_MS = 500;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** The server says every 15 seconds that the line is alive; a line that is silent for so long is dead. */
const SILENCE_MS = 40_000;

export interface Listener {
  readonly onChanges: (changes: readonly Change[]) => void;
  /** After a break whatever happened meanwhile is not known: everything shown is asked anew. */
  readonly onBack: () => void;
  /** Something came from the server, if only that it is there. */
  readonly onHeard: () => void;
  /** Whether changes come by themselves; otherwise the pages ask from time to time. */
  readonly onLive: (isLive: boolean) => void;
}

function readChange(data: string): Change | null {
  try {
    const change: unknown = JSON.parse(data);
    return typeof change === 'object' && change !== null && 'type' in change ? (change as Change) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * Listens to /api/v1/events and connects anew when the stream ends, later and later. It is read by fetch and not by
 * EventSource, which cannot send an API key. Answers the way to stop.
 */
export function listen({ onChanges, onBack, onHeard, onLive }: Listener): () => void {
  const stop = new AbortController();
  let gathered: Change[] = [];
  let flush: ReturnType<typeof setTimeout> | null = null;
  let wait = FIRST_WAIT_MS;
  let wasLive = false;
  let flushedAt = Number.NEGATIVE_INFINITY;

  const gather = (name: string, data: string) => {
    const change = name === 'change' ? readChange(data) : null;
    if (change === null) return;
    gathered.push(change);
    const gatherMs = performance.now() - flushedAt > GATHER_MS ? FIRST_GATHER_MS : GATHER_MS;
    flush ??= setTimeout(() => {
      const changes = gathered;
      gathered = [];
      flush = null;
      flushedAt = performance.now();
      onChanges(changes);
    }, gatherMs);
  };

  const connect = async () => {
    const line = new AbortController();
    let silence = setTimeout(() => line.abort(), SILENCE_MS);
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => line.abort(), SILENCE_MS);
      onHeard();
    };
    try {
      await follow(AbortSignal.any([stop.signal, line.signal]), heard);
    } finally {
      clearTimeout(silence);
    }
  };

  const follow = async (signal: AbortSignal, heard: () => void) => {
    const response = await fetch(address('/api/v1/events'), {
      headers: { Accept: 'text/event-stream', ...standardHeaders() },
      credentials: 'same-origin',
      cache: 'no-store',
      signal,
    });
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (!response.ok || response.body === null || !isStream) {
      await response.body?.cancel();
      return;
    }
    heard();
    wait = FIRST_WAIT_MS;
    if (wasLive) onBack();
    wasLive = true;
    onLive(true);
    const parse = createEventParser(gather);
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      heard();
      parse(piece);
    }
  };

  const run = async () => {
    while (!stop.signal.aborted) {
      try {
        await connect();
      } catch (error) {
        // A connection that broke is made anew below; only a mistake of ours is worth a word.
        if (!stop.signal.aborted && !(error instanceof TypeError) && !(error instanceof DOMException)) throw error;
      }
      if (stop.signal.aborted) return;
      onLive(false);
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  };
  void run();
  return () => {
    stop.abort();
    if (flush !== null) clearTimeout(flush);
  };
}
