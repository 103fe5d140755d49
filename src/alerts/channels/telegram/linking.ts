import type { Update } from 'grammy/types';
import { type Clock, sleep } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { TelegramApi, TelegramResult } from './api.ts';
import { type LinkedChat, readUpdate, type TelegramEvent } from './updates.ts';

/** How long Telegram holds an empty answer back, and how much longer we wait for it. */
export const POLL_SECONDS = 50;
const POLL_TIMEOUT_MS = (POLL_SECONDS + 15) * 1_000;
const CALL_TIMEOUT_MS = 20_000;
/** Few enough that a batch of the largest updates fits into what is read of an answer. */
const MAX_UPDATES = 20;
const MAX_UPDATES_BYTES = 4_000_000;
export const MIN_BACKOFF_MS = 1_000;
export const MAX_BACKOFF_MS = 60_000;
/** Somebody else reads this bot's updates: seldom enough not to take turns with them, often enough to take over. */
export const CONFLICT_BACKOFF_MS = 30_000;
/** How often an update is tried whose handling fails, before the ones behind it go on. */
const MAX_HANDLING_TRIES = 3;
/**
 * After a week without updates Telegram begins to count at any number: a kept number that is this old is forgotten, or
 * updates with lower ones would be taken for known. Telegram itself repeats nothing that an earlier poll confirmed.
 */
export const FORGET_OFFSET_AFTER_MS = 6 * 24 * 3_600_000;

export interface LinkingCallbacks {
  /**
   * A chat sent a token. The text to answer, or null for silence. Must bear being called twice for one update: the
   * offset is kept after the handling.
   */
  onLink(token: string, chat: LinkedChat): Promise<string | null>;
  /** The bot was blocked by the person, or removed from the group or channel. */
  onBlocked(chatId: number): Promise<void>;
  onReturned(chatId: number): Promise<void>;
  onMigrated(chatId: number, to: number): Promise<void>;
}

/** Where the number of the last update is kept, so that a restart answers nothing twice. */
export interface OffsetStore {
  /** Null where there is none, or only one older than FORGET_OFFSET_AFTER_MS. */
  load(): Promise<number | null>;
  /** `offset` is the number of the next update that is wanted. */
  save(offset: number): Promise<void>;
}

export interface LinkingDeps {
  readonly api: TelegramApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: OffsetStore;
  readonly callbacks: LinkingCallbacks;
}

export interface TelegramLinking {
  /** The bot's name for deep links, asked once; null while Telegram cannot be reached or refuses the token. */
  botName(): Promise<string | null>;
  /** Begins to read updates. That only one node does is the caller's business. */
  start(): void;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
  /** When Telegram last answered a poll, or the reading began, on the monotonic clock; null while nothing is read. */
  readonly lastPollMonotonic: number | null;
}

/** Reads the bot's updates by long polling and tells what concerns linking. */
export function createTelegramLinking(deps: LinkingDeps): TelegramLinking {
  const { api, clock, logger, store } = deps;
  let knownName: string | null = null;
  let running: { readonly controller: AbortController; readonly done: Promise<void> } | null = null;
  let lastPollMonotonic = 0;

  async function botName(signal?: AbortSignal): Promise<string | null> {
    if (knownName !== null) return knownName;
    const me = await api.call((client) => client.getMe(), { timeoutMs: CALL_TIMEOUT_MS, signal });
    if (me.ok) knownName = me.result.username;
    return knownName;
  }

  async function loop(signal: AbortSignal): Promise<void> {
    let failures = 0;
    let offset: number | null = null;
    let newsAt = clock.monotonic();
    while (!signal.aborted) {
      let waitMs = 0;
      try {
        offset ??= (await store.load()) ?? 0;
        if (clock.monotonic() - newsAt > FORGET_OFFSET_AFTER_MS) offset = 0;
        const name = await botName(signal);
        const updates = name === null ? null : await poll(api, offset, signal);
        if (name !== null && updates?.ok) {
          failures = 0;
          lastPollMonotonic = clock.monotonic();
          if (updates.result.length > 0) newsAt = lastPollMonotonic;
          offset = await handleAll(deps, updates.result, offset, name, signal);
        } else {
          failures += 1;
          waitMs = waitAfter(updates, failures);
          if (!signal.aborted) logger.warn('Telegram updates could not be read', { ...reasonOf(updates), waitMs });
        }
      } catch (error) {
        // The store is away. Nothing is lost: the same updates come again as long as the offset was not kept.
        failures += 1;
        waitMs = backoff(failures);
        logger.error('Telegram updates were not handled', { error, waitMs });
      }
      if (waitMs > 0) await sleep(clock, waitMs, signal);
    }
  }

  return {
    botName: () => botName(),
    start() {
      if (running !== null) return;
      const controller = new AbortController();
      lastPollMonotonic = clock.monotonic();
      running = { controller, done: loop(controller.signal) };
    },
    async stop() {
      const current = running;
      current?.controller.abort();
      await current?.done;
      if (running === current) running = null;
    },
    get lastPollMonotonic() {
      return running === null ? null : lastPollMonotonic;
    },
  };
}

function poll(api: TelegramApi, offset: number, signal: AbortSignal) {
  return api.call(
    (client) =>
      client.getUpdates({
        offset,
        limit: MAX_UPDATES,
        timeout: POLL_SECONDS,
        allowed_updates: ['message', 'channel_post', 'my_chat_member'],
      }),
    { timeoutMs: POLL_TIMEOUT_MS, signal, maxResponseBytes: MAX_UPDATES_BYTES },
  );
}

/** Handles what is new, in order, and gives the number of the next update back. */
async function handleAll(
  deps: LinkingDeps,
  updates: readonly Update[],
  from: number,
  botName: string,
  signal: AbortSignal,
): Promise<number> {
  let offset = from;
  for (const update of updates) {
    if (signal.aborted) break;
    // Telegram may give an update again that it was told we have.
    if (update.update_id < offset) continue;
    const event = readUpdate(update, botName);
    if (event !== null) await handleWithRetries(deps, event, signal);
    if (signal.aborted) break;
    offset = update.update_id + 1;
    await deps.store.save(offset);
  }
  return offset;
}

/** One update that cannot be handled must not hold up all others for ever. */
async function handleWithRetries(deps: LinkingDeps, event: TelegramEvent, signal: AbortSignal): Promise<void> {
  for (let tries = 1; tries <= MAX_HANDLING_TRIES && !signal.aborted; tries += 1) {
    try {
      return await handle(deps, event, signal);
    } catch (error) {
      deps.logger.error('a Telegram update was not handled', { type: event.type, tries, error });
      if (tries < MAX_HANDLING_TRIES) await sleep(deps.clock, backoff(tries), signal);
    }
  }
}

async function handle(deps: LinkingDeps, event: TelegramEvent, signal: AbortSignal): Promise<void> {
  const { callbacks, api, logger } = deps;
  if (event.type === 'blocked') return callbacks.onBlocked(event.chatId);
  if (event.type === 'returned') return callbacks.onReturned(event.chatId);
  if (event.type === 'migrated') return callbacks.onMigrated(event.chatId, event.to);
  const answer = await callbacks.onLink(event.token, event.chat);
  if (answer === null) return;
  const { chatId, threadId } = event.chat;
  const other = threadId === null ? {} : { message_thread_id: threadId };
  const sent = await api.call((client) => client.sendMessage(chatId, answer, other), {
    timeoutMs: CALL_TIMEOUT_MS,
    signal,
  });
  // The link stands without the answer; it is shown on the page that waits for it as well.
  if (!sent.ok) logger.warn('Telegram did not take our answer to a link', reasonOf(sent));
}

function backoff(failures: number): number {
  return Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** (failures - 1));
}

/** `null` is a bot whose name is not known yet: the token or the network is at fault. */
function waitAfter(result: TelegramResult<unknown> | null, failures: number): number {
  if (result === null || result.ok || result.failure !== null) return backoff(failures);
  if (result.errorCode === 409) return CONFLICT_BACKOFF_MS;
  if (result.errorCode === 401 || result.errorCode === 404) return MAX_BACKOFF_MS;
  return Math.max(result.retryAfterMs ?? 0, backoff(failures));
}

function reasonOf(result: TelegramResult<unknown> | null): Record<string, unknown> {
  if (result === null || result.ok) return { reason: 'the name of the bot could not be asked' };
  if (result.failure !== null) return { reason: result.failure.code };
  return { reason: result.description, status: result.errorCode };
}
