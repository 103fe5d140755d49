import type { Chance } from '../../src/platform/chance.ts';
import type { Word } from './jobs.ts';
import type { SentPing } from './ledger.ts';
import type { Timeline } from './timeline.ts';

const SECOND = 1_000;

/**
 * What a job does when it is not heard. `shrug`: nothing. `curl`: it says it again, up to five times. `key`: the same
 * with an Idempotency-Key. `spool`: it keeps the word and reports it late, with the time at which it happened.
 */
export const MANNERS = ['shrug', 'curl', 'key', 'spool'] as const;
export type Manner = (typeof MANNERS)[number];

export interface ClientOptions {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly monitor: number;
  readonly manner: Manner;
  /** Sends one request and resolves with what the sender sees. */
  readonly send: (
    ping: Pick<SentPing, 'monitor' | 'kind' | 'runId' | 'exitStatus' | 'reportedAt' | 'idempotencyKey'>,
  ) => Promise<SentPing>;
  /** Told when a word was given up, unheard. */
  readonly lost: (word: Word) => void;
}

/** curl --retry 5 */
const CURL_DELAYS = [1, 2, 4, 8, 16].map((seconds) => seconds * SECOND);
/** A spool is looked at this often, for so long. */
const SPOOL_EVERY_MS = 60 * SECOND;
const SPOOL_TRIES = 360;

const wasHeard = (ping: SentPing) => ping.result === 'stored' || ping.result === 'unknown';

/** Between a job and the server. */
export function createClient(options: ClientOptions): (word: Word) => void {
  const { timeline, chance, manner } = options;
  let words = 0;
  const send = (word: Word, key: string | null, isLate: boolean) =>
    options.send({
      monitor: options.monitor,
      kind: word.kind,
      runId: word.runId,
      exitStatus: word.exitStatus,
      reportedAt: isLate ? word.happenedAt : null,
      idempotencyKey: key,
    });
  const again = async (word: Word, key: string | null, tries: number): Promise<void> => {
    const isSpooled = manner === 'spool' && tries > 0;
    const sent = await send(word, key, isSpooled);
    if (wasHeard(sent)) {
      // Some clients do not trust an answer and say it once more.
      if (key !== null && tries === 0 && chance.is(0.02)) {
        timeline.at(timeline.now() + chance.int(100, 5_000), () => void send(word, key, false));
      }
      return;
    }
    const delayMs = manner === 'spool' ? SPOOL_EVERY_MS : CURL_DELAYS[tries];
    if (manner === 'shrug' || delayMs === undefined || tries >= SPOOL_TRIES) return options.lost(word);
    timeline.at(timeline.now() + delayMs, () => void again(word, key, tries + 1));
  };
  return (word) => {
    words += 1;
    const key = manner === 'key' || manner === 'spool' ? `${options.monitor}-${words}` : null;
    void again(word, key, 0);
  };
}
