import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADDRESS_FILE, KEY_FILE } from '../accounts/first-start.ts';
import type { Config } from '../config.ts';
import { fetchWithin } from '../platform/fetch-within.ts';
import { ROOT_DATA_DIR } from '../store/postgres/data-dir.ts';
import { CommandError, EXIT } from './output.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the server said no to. */
export class Refusal extends CommandError {
  /** Of its answer. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message, exitCodeOf(status));
    this.status = status;
  }
}

/** The API of a running server, as the command line speaks it. */
export interface Client {
  /** The answer's JSON; a Refusal in readable words when the server says no. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
}

/** Where the server of this host keeps its data: the first of these folders that holds `file`. */
function readDataFile(config: Config, file: string): string | null {
  const folders = config.dataDirGiven ? [config.dataDir] : [config.dataDir, ROOT_DATA_DIR];
  for (const folder of folders) {
    try {
      return readFileSync(join(folder, file), 'utf8').trim();
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EACCES') {
        const message = `${join(folder, file)} cannot be read by this user; set ALLSWELL_API_KEY`;
        throw new CommandError(message, EXIT.forbidden);
      }
    }
  }
  return null;
}

/** The key of this host: what the environment says, else the file that the server left in its data folder. */
function findKey(config: Config, env: Environment): string {
  const given = env.ALLSWELL_API_KEY?.trim();
  if (given) return given;
  const kept = readDataFile(config, KEY_FILE);
  if (kept !== null) return kept;
  const message = `no API key: none in ALLSWELL_API_KEY, and no ${KEY_FILE} file in ${config.dataDir}`;
  throw new CommandError(message, EXIT.forbidden);
}

/** The server's address: what the environment says, else where the server of this host said that it listens. */
function findServer(config: Config, env: Environment): string {
  const isGiven = [env.ALLSWELL_URL, env.PORT].some((value) => value !== undefined && value !== '');
  const kept = isGiven ? null : readDataFile(config, ADDRESS_FILE);
  return kept ?? config.url ?? `http://localhost:${config.port}`;
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

export function createClient(config: Config, env: Environment): Client {
  let key: string | undefined;
  let baseUrl: string | undefined;
  return {
    async call(method, path, body) {
      key ??= findKey(config, env);
      baseUrl ??= findServer(config, env);
      const headers = {
        Authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      };
      const request = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const response = await ask(`${baseUrl}/api/v1${path}`, request);
      const text = await response.text();
      const json: unknown = text === '' ? null : parseJson(text);
      if (!response.ok) throw new Refusal(describeProblem(response.status, json), response.status);
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

const ANSWER_WITHIN_MS = 30_000;

/** One request to a server of ours; a CommandError in readable words when none answers. */
export async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetchWithin(url, init, ANSWER_WITHIN_MS);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new CommandError(`no answer from ${new URL(url).origin} (${cause}); is allswell running?`, EXIT.unreachable);
  }
}
