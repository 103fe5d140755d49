import { type Clock, sleep } from '../../platform/clock.ts';
import { fetchWithin } from '../../platform/fetch-within.ts';
import { CommandError, EXIT } from '../output.ts';

/** One answer of another system, body included, comes within this time. */
const ANSWER_WITHIN_MS = 30_000;
/** The largest answer that is read: some 50,000 checks. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Asked again this often when it is busy, or told to wait. */
export const MAX_TRIES = 6;
/** The longest that we wait because it asks for it. */
export const MAX_WAIT_MS = 120_000;
const FIRST_WAIT_MS = 1_000;

export interface SourceHttpDeps {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told before a wait: why, and for how long. */
  readonly onWait: (why: string, waitMs: number) => void;
  /** ANSWER_WITHIN_MS unless given. */
  readonly answerWithinMs?: number;
}

/** Its answer as JSON; null where there is no such address (404). */
export type SourceGet = (path: string, headers?: Readonly<Record<string, string>>) => Promise<unknown>;

type Attempt =
  | { readonly done: true; readonly json: unknown }
  | { readonly done: false; readonly why: string; readonly waitMs: number | null };

/** A person's address of another system: http or https, without what follows it. */
export function readBase(text: string, system: string): URL {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new CommandError(`"${text}" is no address of a ${system}; write https://host`, EXIT.misused);
  }
  if (url.username !== '' || url.password !== '') {
    throw new CommandError('the address must not have a password in it', EXIT.misused);
  }
  url.search = '';
  url.hash = '';
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/**
 * Asks another system, with a bound on time, size and tries. It follows no redirects: the key would go along. Throws a
 * CommandError in readable words.
 */
export function createSourceGet(base: URL, system: string, deps: SourceHttpDeps): SourceGet {
  const { clock, signal, onWait } = deps;
  const prefix = base.href.replace(/\/+$/, '');
  return async (path, headers = {}) => {
    for (let tries = 1; ; tries += 1) {
      const attempt = await ask(`${prefix}${path}`, system, headers, deps);
      if (attempt.done) return attempt.json;
      if (tries >= MAX_TRIES) {
        throw new CommandError(`${base.host} ${attempt.why}, also after ${tries} tries`, EXIT.unreachable);
      }
      const waitMs = Math.min(attempt.waitMs ?? FIRST_WAIT_MS * 2 ** (tries - 1), MAX_WAIT_MS);
      onWait(`${base.host} ${attempt.why}`, waitMs);
      await sleep(clock, waitMs, signal);
      if (signal.aborted) throw new CommandError('called off');
    }
  };
}

async function ask(
  url: string,
  system: string,
  headers: Readonly<Record<string, string>>,
  deps: SourceHttpDeps,
): Promise<Attempt> {
  const { host } = new URL(url);
  let response: Response;
  let text: string;
  try {
    const accept = { Accept: 'application/json', 'User-Agent': 'allswell import' };
    const init: RequestInit = { headers: { ...accept, ...headers }, redirect: 'manual' };
    response = await fetchWithin(url, init, deps.answerWithinMs ?? ANSWER_WITHIN_MS);
    text = await readAtMost(response, MAX_ANSWER_BYTES, host);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    return failure(error, host);
  }
  const { status } = response;
  if (status === 429) return { done: false, why: 'asks to wait (429)', waitMs: retryAfterMs(response, deps.clock) };
  if (status >= 500) return { done: false, why: `answered ${status}`, waitMs: retryAfterMs(response, deps.clock) };
  if (status >= 300 && status < 400) {
    const target = response.headers.get('location') ?? 'elsewhere';
    throw new CommandError(`${host} sends us to ${target.slice(0, 200)}; give that address instead`);
  }
  if (status === 404) return { done: true, json: null };
  const json = parse(text);
  if (status >= 400)
    throw new CommandError(`${host} refuses: ${reasonOf(json) ?? `it answered ${status}`}`, exitOf(status));
  if (json === undefined) throw new CommandError(`${host} does not answer as ${system} does; is the address right?`);
  return { done: true, json };
}

const exitOf = (status: number) => (status === 401 || status === 403 ? EXIT.forbidden : EXIT.failed);

async function readAtMost(response: Response, most: number, host: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > most) throw new CommandError(`the answer of ${host} is larger than ${most / 1024 / 1024} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A page for people, most likely; the caller says so.
    return undefined;
  }
}

/** What an error's body says, as Healthchecks and FastAPI write it. */
function reasonOf(json: unknown): string | null {
  if (typeof json !== 'object' || json === null) return null;
  const { error, detail } = json as { error?: unknown; detail?: unknown };
  const text = error ?? detail;
  return typeof text === 'string' ? text.slice(0, 200) : null;
}

function retryAfterMs(response: Response, clock: Clock): number | null {
  const text = response.headers.get('retry-after');
  if (text === null) return null;
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - clock.now());
}

const TLS_FAULT = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO|ALTNAME/;

/** A certificate does not become right by trying again; a network may. */
function failure(error: unknown, host: string): Attempt {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const message = cause instanceof Error ? cause.message : String(cause);
  if (TLS_FAULT.test(code)) {
    const help = 'name the file of its authority in NODE_EXTRA_CA_CERTS if it is your own';
    throw new CommandError(`the certificate of ${host} is not trusted (${message}); ${help}`, EXIT.unreachable);
  }
  if (code === 'ENOTFOUND') throw new CommandError(`there is no host ${host}`, EXIT.unreachable);
  const isTimeout = cause instanceof Error && cause.name === 'TimeoutError';
  return { done: false, why: isTimeout ? 'does not answer in time' : `cannot be reached (${message})`, waitMs: null };
}
