import { type HttpReceiver, type ReceivedRequest, type Reply, startHttpReceiver } from './http-receiver.ts';
import { createJournal } from './journal.ts';
import { parseTelegramHtml } from './telegram-html.ts';

/** What a chat is like for the bot. A forum has threads, of which some may be closed. */
export type ChatState =
  | { readonly state: 'open'; readonly threads?: readonly number[]; readonly closedThreads?: readonly number[] }
  | { readonly state: 'blocked' | 'kicked' | 'deleted' | 'no_rights' }
  | { readonly state: 'migrated'; readonly to: number };

export interface SentMessage {
  readonly messageId: number;
  readonly chatId: string;
  /** The text as a reader sees it. */
  readonly text: string;
  /** What was sent. */
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface TelegramReceiver {
  /** For TELEGRAM_API_BASE. */
  readonly url: string;
  readonly token: string;
  readonly botName: string;
  /** For scripts (429, hanging …), which come before the fake's own answers. */
  readonly http: HttpReceiver;
  readonly messages: readonly SentMessage[];
  setChat(chatId: number | string, state: ChatState): void;
  /** Gives the bot an update; `update_id` is counted up unless it is given. */
  pushUpdate(update: Readonly<Record<string, unknown>>): number;
  waitForMessage(predicate?: (message: SentMessage) => boolean): Promise<SentMessage>;
  /** Resolves once `count` calls of getUpdates came in all. */
  waitForPolls(count: number): Promise<unknown>;
  close(): Promise<void>;
}

const MAX_TEXT_LENGTH = 4_096;

interface Poll {
  readonly offset: number;
  readonly limit: number;
  readonly answer: (reply: Reply) => void;
}

/** A Bot API server on loopback that refuses what the real one refuses, in its words. */
export async function startTelegramReceiver(): Promise<TelegramReceiver> {
  const token = '123456:TEST-token_of-the-fake-bot';
  const botName = 'allswell_test_bot';
  const chats = new Map<string, ChatState>();
  const messages = createJournal<SentMessage>('message');
  const polls = createJournal<true>('poll');
  const updates: { update_id: number }[] = [];
  let nextUpdateId = 1_000;
  let waiting: Poll | null = null;

  function sendMessage(payload: Readonly<Record<string, unknown>>): Reply {
    const chatId = String(payload.chat_id);
    const chat = chats.get(chatId);
    const refusal = refuseChat(chat) ?? refuseThread(chat, payload.message_thread_id);
    if (refusal !== null) return refusal;
    const raw = String(payload.text ?? '');
    const parsed = payload.parse_mode === 'HTML' ? parseTelegramHtml(raw) : ({ ok: true, text: raw } as const);
    if (!parsed.ok) return refuse(400, parsed.description);
    if (parsed.text.trim() === '') return refuse(400, 'Bad Request: message text is empty');
    if (parsed.text.length > MAX_TEXT_LENGTH) return refuse(400, 'Bad Request: message is too long');
    const messageId = messages.entries.length + 1;
    messages.add({ messageId, chatId, text: parsed.text, payload });
    return accept({
      message_id: messageId,
      date: 0,
      chat: { id: payload.chat_id, type: 'private' },
      text: parsed.text,
    });
  }

  function getUpdates(payload: Readonly<Record<string, unknown>>): Promise<Reply> {
    // The real server ends the older of two polls.
    waiting?.answer(refuse(409, 'Conflict: terminated by other getUpdates request'));
    const { promise, resolve } = Promise.withResolvers<Reply>();
    waiting = { offset: Number(payload.offset ?? 0), limit: Number(payload.limit ?? 100), answer: resolve };
    polls.add(true);
    deliver();
    return promise;
  }

  function deliver(): void {
    if (waiting === null) return;
    const { offset, limit, answer } = waiting;
    const due = updates.filter((update) => update.update_id >= offset).slice(0, limit);
    if (due.length === 0) return;
    waiting = null;
    answer(accept(due));
  }

  const http = await startHttpReceiver({
    reply(request) {
      const method = methodOf(request, token);
      if (method === null) return refuse(401, 'Unauthorized');
      const payload = request.text === '' ? {} : (request.json() as Record<string, unknown>);
      if (method === 'getMe') return accept({ id: 1, is_bot: true, first_name: 'allswell', username: botName });
      if (method === 'sendMessage') return sendMessage(payload);
      if (method === 'getUpdates') return getUpdates(payload);
      return refuse(404, 'Not Found');
    },
  });

  return {
    url: http.url,
    token,
    botName,
    http,
    messages: messages.entries,
    setChat: (chatId, state) => void chats.set(String(chatId), state),
    pushUpdate(update) {
      const numbered = { update_id: nextUpdateId, ...update };
      nextUpdateId = Math.max(nextUpdateId, numbered.update_id) + 1;
      updates.push(numbered);
      deliver();
      return numbered.update_id;
    },
    waitForMessage: (predicate) => messages.waitFor(predicate),
    waitForPolls: (count) => polls.waitForCount(count),
    close: () => http.close(),
  };
}

function methodOf(request: ReceivedRequest, token: string): string | null {
  const prefix = `/bot${token}/`;
  return request.path.startsWith(prefix) ? request.path.slice(prefix.length) : null;
}

function accept(result: unknown): Reply {
  return json(200, { ok: true, result });
}

function refuse(code: number, description: string, parameters?: Record<string, number>): Reply {
  return json(code, { ok: false, error_code: code, description, ...(parameters ? { parameters } : {}) });
}

function json(status: number, body: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** The answer of a server that wants to be left alone, for scripts. */
export function tooManyRequests(seconds: number): Reply {
  return refuse(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });
}

function refuseChat(chat: ChatState | undefined): Reply | null {
  switch (chat?.state) {
    case undefined:
      return refuse(400, 'Bad Request: chat not found');
    case 'blocked':
      return refuse(403, 'Forbidden: bot was blocked by the user');
    case 'kicked':
      return refuse(403, 'Forbidden: bot was kicked from the supergroup chat');
    case 'deleted':
      return refuse(403, 'Forbidden: the group chat was deleted');
    case 'no_rights':
      return refuse(400, 'Bad Request: not enough rights to send text messages to the chat');
    case 'migrated': {
      const description = 'Bad Request: group chat was upgraded to a supergroup chat';
      return refuse(400, description, { migrate_to_chat_id: chat.to });
    }
    case 'open':
      return null;
  }
}

function refuseThread(chat: ChatState | undefined, thread: unknown): Reply | null {
  if (thread === undefined || chat?.state !== 'open') return null;
  if (chat.closedThreads?.includes(Number(thread))) return refuse(400, 'Bad Request: TOPIC_CLOSED');
  return chat.threads?.includes(Number(thread)) ? null : refuse(400, 'Bad Request: message thread not found');
}
