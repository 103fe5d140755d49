import { noteServerDate } from '../lib/clock.ts';

/** What the API refuses, in its own words (RFC 9457). */
export interface ProblemBody {
  readonly type?: string;
  readonly title: string;
  readonly status: number;
  readonly code?: string;
  readonly detail?: string;
  /** Under which an unexpected error stands in the server's log. */
  readonly id?: string;
  readonly errors?: readonly FieldError[];
}

export interface FieldError {
  /** Where in the request, `schedule.expression`; empty: the whole of it. */
  readonly field: string;
  readonly message: string;
}

/** An answer that is no success; `status` 0: there was no answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: ProblemBody;
  /** Of 429 and 503: the seconds to wait. */
  readonly retryAfter: number | null;

  constructor(body: ProblemBody, retryAfter: number | null = null) {
    super(body.detail ?? body.title);
    this.name = 'ApiError';
    this.status = body.status;
    this.body = body;
    this.retryAfter = retryAfter;
  }

  get code(): string {
    return this.body.code ?? '';
  }

  /** What is wrong with one field, if anything. */
  messageOf(field: string): string | undefined {
    return this.body.errors?.find((error) => error.field === field)?.message;
  }
}

/** The address of something of this install, wherever it is mounted. */
export function address(path: string): string {
  return new URL(path.replace(/^\//, ''), document.baseURI).toString();
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RequestOptions {
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly signal?: AbortSignal;
  /** What a page asks whose reader need not be signed in: 401 is then an answer like any other. */
  readonly open?: boolean;
}

const KEY = 'allswell.api-key';
/** Times in the server's sentences come in the reader's zone. */
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
let language = 'en';
let onSignedOut: () => void = () => undefined;

/** The API key of whoever signed in with one; it is forgotten with the tab. */
export const apiKey = (): string | null => sessionStorage.getItem(KEY);

export function setApiKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, key);
}

/** In which language the server's sentences come from now on. */
export function speak(next: string): void {
  language = next;
}

/** What happens when the server no longer knows who we are. */
export function whenSignedOut(handle: () => void): void {
  onSignedOut = handle;
}

/** The headers that every call carries. */
export function standardHeaders(): Record<string, string> {
  const key = apiKey();
  return {
    'Allswell-Language': language,
    'Allswell-Timezone': ZONE,
    ...(key === null ? {} : { Authorization: `Bearer ${key}` }),
  };
}

function withQuery(path: string, query: RequestOptions['query']): string {
  const entries = Object.entries(query ?? {}).flatMap(([name, value]) => {
    if (value === undefined || value === '') return [];
    return Array.isArray(value) ? value.map((each) => [name, String(each)]) : [[name, String(value)]];
  });
  return entries.length === 0 ? path : `${path}?${new URLSearchParams(entries)}`;
}

async function problemOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const given = typeof body === 'object' && body !== null ? (body as Partial<ProblemBody>) : {};
  const wait = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  return new ApiError(
    { ...given, title: given.title ?? response.statusText, status: response.status },
    Number.isNaN(wait) ? null : wait,
  );
}

async function send(method: Method, path: string, options: RequestOptions): Promise<Response> {
  const { body, query, signal } = options;
  let response: Response;
  try {
    response = await fetch(address(withQuery(path, query)), {
      method,
      credentials: 'same-origin',
      headers: {
        Accept: 'application/json',
        ...standardHeaders(),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError({ title: 'no answer', status: 0, code: 'unreachable' });
  }
  noteServerDate(response.headers.get('date'));
  // A call is answered where it was made; to be sent to a page instead is how a link by mail says that it is void.
  if (response.redirected) throw new ApiError({ title: 'sent elsewhere', status: 410, code: 'sent_elsewhere' });
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (response.status === 401 && options.open !== true) onSignedOut();
  throw problem;
}

/** One call of the public API; rejects with an `ApiError` for everything but a success. */
export async function request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(method, path, options);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** The bytes of something that is no JSON, such as the body of a signal. */
export async function requestBytes(path: string, signal?: AbortSignal): Promise<Blob> {
  return (await send('GET', path, signal === undefined ? {} : { signal })).blob();
}
