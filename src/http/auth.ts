import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { knownDevice, makeDevice } from '../accounts/device.ts';
import { ADDRESS_HEADER, AUTH_PATH } from '../accounts/identity.ts';
import { TooManyPasswords } from '../accounts/password.ts';
import * as rules from '../accounts/throttle.ts';
import { networkOf } from '../platform/address-range.ts';
import { isUnavailable } from '../store/errors.ts';
import { normalEmail } from '../store/users.ts';
import { AUTH_PATHS, type AuthPath } from './auth-paths.ts';
import { createClientAddress } from './client-address.ts';
import { readCookie, writeCookie } from './cookies.ts';
import { sendProblem, standardHeaders } from './problem-answer.ts';
import { Problem } from './problems.ts';
import { isSameOrigin } from './same-origin.ts';
import type { Services } from './services.ts';

const MAX_BODY_BYTES = 64 * 1024;
const MAX_EMAIL_CHARACTERS = 254;
const RETRY_AFTER_SECONDS = 5;
export const DEVICE_COOKIE = 'allswell.device';
const DEVICE_SECONDS = 365 * 24 * 3_600;
/** Headers of a request that the identity library gets to see; nothing else concerns it. */
const PASSED_ON = ['accept-language', 'content-type', 'cookie', 'user-agent'] as const;

interface Knock {
  readonly rule: AuthPath;
  readonly request: FastifyRequest;
  readonly address: string;
  /** The body's text, and what it says where it is a JSON object. */
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The identity library's routes below /api/auth: those of AUTH_PATHS, slowed, and for our own pages only. */
export function registerAuth(app: FastifyInstance, services: Services): void {
  const clientAddress = createClientAddress(services.config.trustedProxies);
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: MAX_BODY_BYTES },
      async (_: unknown, text: string) => text,
    );
    scope.setErrorHandler((error: FastifyError, _request, reply) =>
      sendProblem(reply, problemOf(error, services), services),
    );
    for (const rule of AUTH_PATHS) {
      scope.route({
        method: rule.method,
        url: `${AUTH_PATH}${rule.path}`,
        bodyLimit: MAX_BODY_BYTES,
        exposeHeadRoute: false,
        handler: async (request, reply) => {
          const text = typeof request.body === 'string' ? request.body : '';
          const knock = { rule, request, address: clientAddress(request.raw), text, body: objectOf(text) };
          return answer(await serve(knock, services), reply, services);
        },
      });
    }
  });
}

function objectOf(text: string): Knock['body'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Knock['body']) : {};
  } catch {
    // The library says what is wrong with it.
    return {};
  }
}

function problemOf(error: FastifyError, { logger, newId }: Services): Problem {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new Problem('body_too_large', 'the body is too large');
  if (error.code?.startsWith('FST_ERR_CTP_INVALID')) return new Problem('unsupported_media_type', 'send JSON');
  if (isUnavailable(error) || error instanceof TooManyPasswords) {
    return new Problem('unavailable', 'that could not be done at this moment; nothing was changed', {
      headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
    });
  }
  const id = newId();
  logger.error('a call about an identity failed', { id, error });
  return new Problem('internal', `something went wrong; the log has it under ${id}`, { id });
}

async function serve(knock: Knock, services: Services): Promise<Response | Problem> {
  const { rule, request } = knock;
  const missing = missingNeed(rule, services);
  if (missing !== null) return new Problem('not_configured', missing);
  if (rule.method === 'POST' && !isSameOrigin(request.headers, services.publicUrl)) {
    return new Problem('cross_site', 'people sign in on pages of this server; programs use an API key');
  }
  const attempt = await services.accounts.throttle.begin(limitsOf(knock, services));
  if ('waitSeconds' in attempt) {
    return new Problem('too_many_attempts', `wait ${attempt.waitSeconds} s and try again`, {
      headers: { 'retry-after': String(attempt.waitSeconds) },
    });
  }
  try {
    const response = await services.accounts.identities.handle(webRequest(knock, services), rule.needs === 'provider');
    if (response === null) {
      return new Problem('unavailable', 'the OpenID provider cannot be reached', {
        headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
      });
    }
    // What no authenticator says is a wrong request, whatever the library makes of it.
    if (response.status === 500 && rule.path.startsWith('/passkey/verify-')) {
      await attempt.failed();
      return new Problem('wrong_credentials', 'this is not what an authenticator says');
    }
    const isWrong = rule.guard === 'mail' || [400, 401, 403].includes(response.status);
    if (isWrong && rule.guard !== 'none') await attempt.failed();
    else if (response.ok) await attempt.succeeded();
    return await remembered(response, knock, services);
  } finally {
    attempt.dropped();
  }
}

function missingNeed({ needs }: AuthPath, { accounts }: Services): string | null {
  if (needs === 'mail' && accounts.mailer === null) return 'no mail can be sent: SMTP_URL is not set';
  if (needs === 'passkeys' && !accounts.hasPasskeys) return 'passkeys are off, or ALLSWELL_URL has no name and https';
  if (needs === 'provider' && accounts.oidcName === null) return 'no provider is set: ALLSWELL_OIDC_ISSUER';
  return null;
}

/** Whom a call is about, as far as it says so itself. */
function limitsOf({ rule, request, address, body }: Knock, { sealer, accounts }: Services): rules.Limit[] {
  const network = networkOf(address);
  const email = typeof body.email === 'string' ? normalEmail(body.email).slice(0, MAX_EMAIL_CHARACTERS) : '';
  switch (rule.guard) {
    case 'none':
      return [];
    case 'sign_in': {
      const device = knownDevice(sealer, readCookie(request.headers.cookie, DEVICE_COOKIE), email);
      if (device !== null) return [{ rule: rules.DEVICE, about: [email, device] }];
      return [
        { rule: rules.PAIR, about: [email, network] },
        { rule: rules.ADDRESS, about: [network] },
        { rule: rules.ACCOUNT, about: [email] },
      ];
    }
    case 'code': {
      const { cookie } = request.headers;
      const session = accounts.identities.challengeCookies.map((name) => readCookie(cookie, name) ?? '');
      const byAddress = { rule: rules.ADDRESS, about: [network] };
      // Without any of them there is nothing to guess at.
      return session.some((value) => value !== '') ? [{ rule: rules.CODE, about: session }, byAddress] : [byAddress];
    }
    case 'mail':
      return [
        { rule: rules.MAIL_TO, about: [email] },
        { rule: rules.MAIL_FROM, about: [network] },
      ];
  }
}

function webRequest({ rule, request, address, text }: Knock, { publicUrl }: Services): Request {
  const headers = new Headers({ [ADDRESS_HEADER]: address, origin: new URL(publicUrl).origin });
  for (const name of PASSED_ON) {
    const value = request.headers[name];
    if (value !== undefined) headers.set(name, value);
  }
  const query = /\?.*$/.exec(request.url)?.[0] ?? '';
  return new Request(`${publicUrl}${AUTH_PATH}${rule.path}${query}`, {
    method: rule.method,
    headers,
    ...(rule.method === 'POST' && text !== '' ? { body: text } : {}),
  });
}

/** After a sign-in the browser keeps a sign of it: there nobody else's failures count any more. */
async function remembered(response: Response, { request }: Knock, services: Services): Promise<Response> {
  const { identities } = services.accounts;
  const signedIn = response.headers.getSetCookie().some((cookie) => cookie.startsWith(`${identities.sessionCookie}=`));
  if (!signedIn || !response.ok) return response;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  const email = emailIn(body);
  if (email === null) return response;
  const known = knownDevice(services.sealer, readCookie(request.headers.cookie, DEVICE_COOKIE), email);
  if (known === null) response.headers.append('set-cookie', deviceCookie(email, services));
  return response;
}

function emailIn(body: unknown): string | null {
  const user = typeof body === 'object' && body !== null && 'user' in body ? body.user : null;
  const email = typeof user === 'object' && user !== null && 'email' in user ? user.email : null;
  return typeof email === 'string' ? normalEmail(email) : null;
}

/** The cookie by which a browser is known again as one where this account was signed in. */
export function deviceCookie(email: string, { sealer, random, publicUrl }: Services): string {
  const value = makeDevice(sealer, random, normalEmail(email));
  return writeCookie(DEVICE_COOKIE, value, { publicUrl, maxAgeSeconds: DEVICE_SECONDS });
}

async function answer(result: Response | Problem, reply: FastifyReply, services: Services): Promise<FastifyReply> {
  if (result instanceof Problem) return sendProblem(reply, result, services);
  reply.status(result.status).headers(standardHeaders());
  for (const name of ['content-type', 'location']) {
    const value = result.headers.get(name);
    if (value !== null) reply.header(name, value);
  }
  const cookies = result.headers.getSetCookie();
  if (cookies.length > 0) reply.header('set-cookie', cookies);
  return reply.send(await result.text());
}
