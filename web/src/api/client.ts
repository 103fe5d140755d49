/** What the API refuses, in its own words (RFC 9457). */
export interface ProblemBody {
  readonly type?: string;
  readonly title: string;
  readonly status: number;
  readonly code?: string;
  readonly detail?: string;
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

  constructor(body: ProblemBody) {
    super(body.detail ?? body.title);
    this.name = 'ApiError';
    this.status = body.status;
    this.body = body;
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
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly signal?: AbortSignal;
}

function withQuery(path: string, query: RequestOptions['query']): string {
  const entries = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return entries.length === 0 ? path : `${path}?${new URLSearchParams(entries)}`;
}

async function problemOf(response: Response): Promise<ProblemBody> {
  const body: unknown = await response.json().catch(() => null);
  const given = typeof body === 'object' && body !== null ? (body as Partial<ProblemBody>) : {};
  return { ...given, title: given.title ?? response.statusText, status: response.status };
}

/** One call of the public API; rejects with an `ApiError` for everything but a success. */
export async function request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
  const { body, query, signal } = options;
  let response: Response;
  try {
    response = await fetch(address(withQuery(path, query)), {
      method,
      credentials: 'same-origin',
      headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError({ title: 'no answer', status: 0, code: 'unreachable' });
  }
  if (!response.ok) throw new ApiError(await problemOf(response));
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}
