import type { Schema } from './schema.ts';

/** A place of the server that requests are made for. */
export interface Target {
  readonly method: string;
  /** `{name}` stands where something has to be put in. */
  readonly path: string;
  readonly query: readonly { readonly name: string; readonly schema: Schema }[];
  /** Null: it takes no JSON that we know of. */
  readonly body: Schema | null;
  /** The body is a form. */
  readonly form?: boolean;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** An answer that goes on until its reader leaves: the rule that every answer ends is not for it. */
const ENDLESS = '/api/v1/events';

/** Every operation that the server describes itself, and whose answers end. */
export function describedTargets({ paths }: OpenApi): Target[] {
  const ending = Object.entries(paths).filter(([path]) => path !== ENDLESS);
  return ending.flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      query: (operation.parameters ?? []).filter((one) => one.in === 'query'),
      body: operation.requestBody?.content['application/json']?.schema ?? null,
    })),
  );
}

const text: Schema = { type: 'string' };
const ask = (names: string) => (names === '' ? [] : names.split(' ').map((name) => ({ name, schema: text })));
const at = (method: string, path: string, query = '', body: Schema | null = null): Target => ({
  method,
  path,
  query: ask(query),
  body,
});

const PING_QUERY = 'rid at create kind name period cron tz grace start_grace max_run';
const PINGS = [
  '/ping/{ping}',
  '/ping/{ping}/start',
  '/ping/{ping}/fail',
  '/ping/{ping}/log',
  '/ping/{ping}/{exit}',
  '/ping/start/{ping}/start',
  '/ping/end/{ping}/end',
  '/ping/{team_ping}/{slug}',
  '/ping/{team_ping}/{slug}/fail',
  '/in/{secret}/ping/{ping}',
];

const cronsentryJob: Schema = {
  type: 'object',
  required: ['name', 'schedule'],
  properties: {
    name: text,
    description: text,
    schedule: { enum: ['*/5 * * * *', '0 3 * * *', '@daily'] },
    grace_time: { type: 'integer', minimum: 0, maximum: 600 },
    timezone: { enum: ['UTC', 'Europe/Moscow'] },
  },
};
const cronflowJob: Schema = {
  type: 'object',
  required: ['name'],
  properties: { name: { enum: ['backup', 'report', 'имя'] }, schedule: { enum: ['0 3 * * *', null] } },
};

/** The interfaces of other systems, behind `base`. */
function dialects(base: string): Target[] {
  return [
    at('GET', `${base}/`),
    at('GET', `${base}/`, 'cronname account email frequency tolerance site'),
    at('GET', `${base}/jobs`, 'skip limit'),
    at('POST', `${base}/jobs`, '', cronflowJob),
    ...['start', 'success', 'failure', 'fail', 'end'].map((word) => at('POST', `${base}/jobs/{name}/${word}`)),
    at('GET', `${base}/api/jobs`),
    at('POST', `${base}/api/jobs`, '', cronsentryJob),
    at('GET', `${base}/api/jobs/{job}`),
    at('PUT', `${base}/api/jobs/{job}`, '', cronsentryJob),
    at('DELETE', `${base}/api/jobs/{job}`),
    at('POST', `${base}/api/jobs/{job}/pause`),
    at('POST', `${base}/api/jobs/{job}/resume`),
    at('GET', `${base}/api/ping/{job}`),
    at('POST', `${base}/api/ping/{job}`),
  ];
}

const form = (method: string, path: string): Target => ({ ...at(method, path), form: true });

/** What the server answers besides its API: pings, dialects, pages and files. */
export const OTHER_TARGETS: readonly Target[] = [
  ...PINGS.flatMap((path) => ['GET', 'POST'].map((method) => at(method, path, PING_QUERY))),
  ...['HEAD', 'PUT', 'OPTIONS', 'DELETE'].map((method) => at(method, '/ping/{ping}')),
  ...dialects(''),
  ...dialects('/in/{secret}'),
  at('GET', '/in'),
  form('GET', '/setup/{token}'),
  form('POST', '/setup/{token}'),
  form('GET', '/unsubscribe/{channel}/{token}'),
  form('POST', '/unsubscribe/{channel}/{token}'),
  at('GET', '/monitors/{monitor}'),
  at('GET', '/incidents/{monitor}'),
  at('GET', '/allswell-run.mjs'),
  at('GET', '/allswell.sh'),
  at('GET', '/assets/{token}'),
  at('GET', '/sign-in'),
  ...['sign-in/email', 'sign-out', 'two-factor/verify-totp', 'passkey/verify-registration', 'change-password'].map(
    (path) =>
      at('POST', `/api/auth/${path}`, '', {
        type: 'object',
        properties: { email: text, password: text, code: text, token: text, response: { type: 'object' } },
      }),
  ),
  at('GET', '/api/auth/get-session'),
  at('GET', '/api/auth/verify-email', 'token callbackURL'),
  at('GET', '/favicon.ico'),
];
