import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { KEY_FILE } from '../accounts/first-start.ts';
import type { Config } from '../config.ts';
import { systemClock } from '../platform/clock.ts';
import { ROOT_DATA_DIR } from '../store/postgres/data-dir.ts';
import { CommandError, EXIT } from './output.ts';

const ANSWER_WITHIN_MS = 30_000;

/** The API of a running server, as the command line speaks it. */
export interface Client {
  readonly baseUrl: string;
  /** The answer's JSON; a CommandError in readable words when the server says no. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
}

/** The key of this host: what the environment says, else the file that the server left in its data folder. */
function findKey(config: Config, env: Readonly<Record<string, string | undefined>>): string {
  const given = env.ALLSWELL_API_KEY?.trim();
  if (given) return given;
  const folders = config.dataDirGiven ? [config.dataDir] : [config.dataDir, ROOT_DATA_DIR];
  for (const folder of folders) {
    try {
      return readFileSync(join(folder, KEY_FILE), 'utf8').trim();
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EACCES') {
        throw new CommandError(
          `${resolve(folder, KEY_FILE)} cannot be read by this user; set ALLSWELL_API_KEY`,
          EXIT.forbidden,
        );
      }
    }
  }
  throw new CommandError(
    `no API key: none in ALLSWELL_API_KEY, and no ${KEY_FILE} file in ${folders.join(' or ')}`,
    EXIT.forbidden,
  );
}

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly field?: string; readonly message?: string }[];
}

function describeProblem(status: number, body: unknown): string {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Problem;
  const fields = (problem.errors ?? []).map(
    ({ field, message }) => `${field ?? 'request'}: ${message ?? 'not allowed'}`,
  );
  return fields.length > 0 ? fields.join('; ') : (problem.detail ?? problem.title ?? `the server answered ${status}`);
}

function exitCodeOf(status: number): number {
  return status === 401 || status === 403 ? EXIT.forbidden : EXIT.failed;
}

export function createClient(config: Config, env: Readonly<Record<string, string | undefined>>): Client {
  const baseUrl = config.url ?? `http://localhost:${config.port}`;
  let key: string | undefined;
  return {
    baseUrl,
    async call(method, path, body) {
      key ??= findKey(config, env);
      const headers = {
        Authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      };
      const request = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const response = await fetchWithin(`${baseUrl}/api/v1${path}`, request);
      const text = await response.text();
      const json: unknown = text === '' ? null : parseJson(text);
      if (!response.ok) throw new CommandError(describeProblem(response.status, json), exitCodeOf(response.status));
      return json;
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandError('the server did not answer as allswell does; is ALLSWELL_URL right?', EXIT.unreachable);
  }
}

/** A request that ends, one way or the other. */
export async function fetchWithin(url: string, init: RequestInit): Promise<Response> {
  try {
    const patience = new AbortController();
    // It goes on after this function has answered: the body has to come within the same time.
    systemClock.after(ANSWER_WITHIN_MS, () => patience.abort(new Error('it took too long')));
    return await fetch(url, { ...init, signal: patience.signal });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new CommandError(`no answer from ${new URL(url).origin} (${cause}); is allswell running?`, EXIT.unreachable);
  }
}
