import { Readable } from 'node:stream';
import { MINUTE_MS, SECOND_MS } from '../../core/instant.ts';
import { type Clock, sleep } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { type Change, readChanges, readRecentSignals, readSnapshot } from '../../store/changes.ts';
import type { Database } from '../../store/database.ts';
import { isUnavailable } from '../../store/errors.ts';
import { eventText, HELLO, newSignals, PULSE, type SeenSignals } from './events.ts';

/** Open streams of one team, and of a node: one more is refused. */
export const MAX_STREAMS_PER_TEAM = 500;
export const MAX_STREAMS = 2_000;
/** Bytes that a reader may leave unread; one that is slower is closed. */
export const MAX_UNREAD_BYTES = 256 * 1024;
/** A sign of life in every stream: proxies close what is silent. */
export const PULSE_MS = 15 * SECOND_MS;
/** Then a stream ends and its reader comes again: who was locked out meanwhile does not get in. */
export const MAX_STREAM_MS = 15 * MINUTE_MS;
/** The database is asked so often, for all teams at once, while somebody listens, and not at all while nobody does. */
const LOOK_EVERY_MS = 400;
/** With very many monitors, so seldom that asking takes a thirtieth of the time; but this often at the least. */
const LOOK_COST_FACTOR = 30;
const MAX_LOOK_EVERY_MS = 5 * SECOND_MS;
/** Changes told of one look; where there are more, the streams end, and their readers ask for everything anew. */
export const MAX_CHANGES_PER_LOOK = 5_000;
/** A signal may be this much older than its commit. */
const SIGNAL_OVERLAP_MS = 10 * SECOND_MS;

export interface StreamsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The event streams of this node. */
export interface Streams {
  /** A stream of everything that changes in a team from now on; why not, where there are too many. */
  open(teamId: string, lastsMs?: number): Promise<Readable | 'team_full' | 'full'>;
  /** Ends every stream; none is opened any more. */
  stop(): Promise<void>;
  /** How many are open. */
  readonly size: number;
}

interface Stream {
  readonly teamId: string;
  readonly out: Readable;
  readonly endsAt: number;
}

/** What was seen up to the last look. */
interface Sight {
  readonly snapshot: string;
  readonly signals: SeenSignals;
}

export function createStreams({ database, clock, logger }: StreamsOptions): Streams {
  const streams = new Set<Stream>();
  const stopped = new AbortController();
  /** Resolves when what is there already was seen, so that what comes later is a change. Null: nobody looks. */
  let beginning: Promise<void> | null = null;
  let looking: Promise<void> = Promise.resolve();
  let pulseAt = 0;

  const teams = () => [...new Set([...streams].map(({ teamId }) => teamId))];

  const end = (stream: Stream) => {
    streams.delete(stream);
    stream.out.push(null);
  };

  const send = (stream: Stream, text: string) => {
    stream.out.push(text);
    if (stream.out.readableLength <= MAX_UNREAD_BYTES) return;
    streams.delete(stream);
    stream.out.destroy();
  };

  const tell = (changes: readonly Change[]) => {
    for (const [teamId, own] of Map.groupBy(changes, (change) => change.teamId)) {
      const text = eventText(own);
      for (const stream of streams) if (stream.teamId === teamId) send(stream, text);
    }
  };

  const look = async (sight: Sight): Promise<Sight> => {
    const [listening, now] = [teams(), clock.now()];
    const [{ snapshot, changes }, recent] = await Promise.all([
      readChanges(database, sight.snapshot, listening, MAX_CHANGES_PER_LOOK + 1),
      readRecentSignals(database, listening, now - SIGNAL_OVERLAP_MS, now, MAX_CHANGES_PER_LOOK + 1),
    ]);
    if (changes.length > MAX_CHANGES_PER_LOOK || recent.length > MAX_CHANGES_PER_LOOK) {
      for (const stream of streams) end(stream);
    } else {
      tell([...changes, ...newSignals(recent, sight.signals)]);
    }
    return { snapshot, signals: new Map(recent.map((one) => [one.monitorId, one])) };
  };

  const pulse = () => {
    const at = clock.monotonic();
    for (const stream of streams) if (at >= stream.endsAt) end(stream);
    if (at - pulseAt < PULSE_MS) return;
    pulseAt = at;
    for (const stream of streams) send(stream, PULSE);
  };

  const loop = async (first: Sight) => {
    let sight = first;
    let pauseMs = LOOK_EVERY_MS;
    while (streams.size > 0) {
      await sleep(clock, pauseMs, stopped.signal);
      if (streams.size === 0) break;
      const startedAt = clock.monotonic();
      try {
        sight = await look(sight);
      } catch (error) {
        // What happens meanwhile is not known: readers come again and ask for everything anew.
        logger[isUnavailable(error) ? 'warn' : 'error']('changes could not be read, event streams end', { error });
        for (const stream of streams) end(stream);
      }
      pulse();
      const tookMs = clock.monotonic() - startedAt;
      pauseMs = Math.min(Math.max(LOOK_EVERY_MS, tookMs * LOOK_COST_FACTOR), MAX_LOOK_EVERY_MS);
    }
    beginning = null;
  };

  const begin = async () => {
    try {
      const now = clock.now();
      const listening = teams();
      const [snapshot, recent] = await Promise.all([
        readSnapshot(database),
        readRecentSignals(database, listening, now - SIGNAL_OVERLAP_MS, now, MAX_CHANGES_PER_LOOK),
      ]);
      pulseAt = clock.monotonic();
      looking = loop({ snapshot, signals: new Map(recent.map((one) => [one.monitorId, one])) });
    } catch (error) {
      beginning = null;
      throw error;
    }
  };

  return {
    get size() {
      return streams.size;
    },
    async open(teamId, lastsMs = MAX_STREAM_MS) {
      if (stopped.signal.aborted || streams.size >= MAX_STREAMS) return 'full';
      if ([...streams].filter((stream) => stream.teamId === teamId).length >= MAX_STREAMS_PER_TEAM) return 'team_full';
      const out = new Readable({ read: () => undefined });
      const stream = { teamId, out, endsAt: clock.monotonic() + Math.min(lastsMs, MAX_STREAM_MS) };
      streams.add(stream);
      out.once('close', () => streams.delete(stream));
      try {
        beginning ??= begin();
        await beginning;
      } catch (error) {
        streams.delete(stream);
        throw error;
      }
      // Everything may have been ended while the beginning was waited for.
      if (streams.has(stream)) out.push(HELLO);
      if (lastsMs <= 0) end(stream);
      return out;
    },
    async stop() {
      stopped.abort();
      for (const stream of streams) end(stream);
      await beginning?.catch(() => undefined);
      await looking;
    },
  };
}
