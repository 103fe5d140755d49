import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';

export interface Answer {
  /** 0: there was none in time. */
  readonly status: number;
  readonly text: string;
  readonly ms: number;
}

export interface Question {
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Speaks to the server over kept connections; it never rejects. */
export interface Client {
  ask(method: string, path: string, question?: Question): Promise<Answer>;
  /** A call of the API with the key; answers what was in it, and throws when it was not answered 2xx. */
  api<T>(method: string, path: string, body?: unknown): Promise<T>;
  close(): void;
}

const CONNECTIONS = 128;
const ANSWER_WITHIN_MS = 15_000;

export function createClient(host: string, port: number, apiKey: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const ask = (method: string, path: string, { body, headers = {} }: Question = {}) =>
    new Promise<Answer>((resolve) => {
      const from = performance.now();
      const answer = (status: number, text: string) => resolve({ status, text, ms: performance.now() - from });
      const asking = request({ agent, host, port, method, path, headers, timeout: ANSWER_WITHIN_MS }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => answer(response.statusCode ?? 0, Buffer.concat(chunks).toString()));
        response.on('error', () => answer(0, ''));
      });
      asking.on('timeout', () => asking.destroy(new Error('no answer')));
      asking.on('error', (error) => answer(0, error.message));
      asking.end(body);
    });
  return {
    ask,
    async api<T>(method: string, path: string, body?: unknown) {
      const { status, text } = await ask(method, path, {
        headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (status < 200 || status > 299) throw new Error(`${method} ${path} was answered ${status}: ${text}`);
      return (text === '' ? null : JSON.parse(text)) as T;
    },
    close: () => agent.destroy(),
  };
}
