/**
 * The bridge to better-auth, which knows identities: who somebody is, how they prove it, where they are signed in.
 * Nothing else in the program speaks to it. What people may do (teams, roles, keys) is ours.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { passkey } from '@better-auth/passkey';
import { betterAuth } from 'better-auth';
import { isAPIError } from 'better-auth/api';
import { genericOAuth, magicLink, twoFactor } from 'better-auth/plugins';
import { SECOND_MS } from '../core/instant.ts';
import { fetchWithin } from '../platform/fetch-within.ts';
import { identityDatabase } from '../store/identity-database.ts';
import {
  ADDRESS_HEADER,
  AUTH_PATH,
  CONFIRM_LINK_MS,
  FRESH_MS,
  type IdentityOptions,
  type Library,
  OIDC_PROVIDER,
  type OidcSettings,
  RESET_LINK_MS,
  SESSION_CARRIED_ON_MS,
  SESSION_MS,
  SIGN_IN_LINK_MS,
} from './identity.ts';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from './password.ts';

const PROVIDER_ANSWERS_WITHIN_MS = 5 * SECOND_MS;
const seconds = (ms: number) => ms / SECOND_MS;

/** Its table names; the columns stay as the library has them (store/migrations/0006_accounts.sql). */
function tables() {
  return {
    user: { modelName: 'auth_user' },
    session: { modelName: 'auth_session' },
    account: { modelName: 'auth_account' },
    verification: { modelName: 'auth_verification' },
  } as const;
}

const MAX_LOGGED = 200;

export function authOptions(options: IdentityOptions) {
  const { database, newId, sealer, publicUrl, passwords, mails, logger } = options;
  const url = new URL(publicUrl);
  const names = tables();
  // What is wrong with a request is an error to the library, and strangers choose its words; what fails is thrown.
  const logs = { error: 'warn', warn: 'warn', info: 'debug', debug: 'debug' } as const;
  return {
    appName: 'allswell',
    baseURL: `${publicUrl}${AUTH_PATH}`,
    basePath: AUTH_PATH,
    // One secret for the whole install: what seals channels also makes this one, and tells nothing of itself.
    secret: sealer.sign('identity secret'),
    trustedOrigins: [url.origin],
    database: { db: identityDatabase(database), type: 'postgres' as const, transaction: true },
    telemetry: { enabled: false },
    // Ours is shared by all nodes, and locks nobody out (throttle.ts).
    rateLimit: { enabled: false },
    logger: {
      log: (level: keyof typeof logs, message: string) =>
        logger[logs[level] ?? 'debug'](`identities: ${message.slice(0, MAX_LOGGED)}`),
    },
    onAPIError: {
      errorURL: `${publicUrl}/sign-in`,
      // Refusals are answered; what is no refusal is ours to say (http/auth.ts).
      onError: (error: unknown) => {
        if (!isAPIError(error)) throw error;
      },
    },
    emailAndPassword: {
      enabled: true,
      // People come by set-up, invitation or our own sign-up (people.ts).
      disableSignUp: true,
      requireEmailVerification: options.confirmsEmail,
      minPasswordLength: MIN_PASSWORD_LENGTH,
      maxPasswordLength: MAX_PASSWORD_LENGTH,
      password: {
        hash: (password: string) => passwords.hash(password),
        verify: ({ hash, password }: { hash: string; password: string }) => passwords.verify(password, hash),
      },
      resetPasswordTokenExpiresIn: seconds(RESET_LINK_MS),
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: async (
        { user, token }: { user: { email: string }; token: string },
        request: Request | undefined,
      ) => mails.resetPassword(user, token, request?.headers),
    },
    emailVerification: {
      expiresIn: seconds(CONFIRM_LINK_MS),
      sendOnSignUp: false,
      sendOnSignIn: false,
      autoSignInAfterVerification: false,
      sendVerificationEmail: async (
        { user, token }: { user: { email: string }; token: string },
        request: Request | undefined,
      ) => mails.confirmEmail(user, token, request?.headers),
    },
    user: names.user,
    session: {
      ...names.session,
      expiresIn: seconds(SESSION_MS),
      updateAge: seconds(SESSION_CARRIED_ON_MS),
      freshAge: seconds(FRESH_MS),
      cookieCache: { enabled: false },
    },
    account: { ...names.account, encryptOAuthTokens: true, accountLinking: { enabled: true, trustedProviders: [] } },
    verification: { ...names.verification, storeIdentifier: 'hashed' as const },
    databaseHooks: {
      user: {
        create: {
          before: (user: { email: string }) => options.mayMakeAccount(user.email).then((may) => may && undefined),
        },
      },
    },
    advanced: {
      cookiePrefix: 'allswell',
      useSecureCookies: url.protocol === 'https:',
      defaultCookieAttributes: { path: url.pathname, httpOnly: true, sameSite: 'lax' as const },
      // Checked for all our routes alike (http/same-origin.ts).
      disableCSRFCheck: true,
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER], ipv6Subnet: 128 },
      database: { generateId: () => newId(), validateSchema: false },
    },
    plugins: [
      magicLink({
        disableSignUp: true,
        expiresIn: seconds(SIGN_IN_LINK_MS),
        storeToken: 'hashed',
        sendMagicLink: async ({ email, token }, context) => mails.signInLink(email, token, context?.request?.headers),
      }),
      twoFactor({ issuer: 'allswell', twoFactorTable: 'auth_two_factor' }),
      passkey({
        rpID: url.hostname,
        rpName: 'allswell',
        origin: url.origin,
        schema: { passkey: { modelName: 'auth_passkey' } },
      }),
      ...(options.oidc === null ? [] : [oidcPlugin(options.oidc)]),
    ],
  };
}

function oidcPlugin({ issuer, clientId, clientSecret }: OidcSettings) {
  return genericOAuth({
    config: [
      {
        providerId: OIDC_PROVIDER,
        clientId,
        clientSecret,
        discoveryUrl: discoveryUrl(issuer),
        scopes: ['openid', 'email', 'profile'],
        pkce: true,
      },
    ],
  });
}

function webHeaders(headers: IncomingHttpHeaders): Headers {
  const made = new Headers();
  for (const name of ['cookie', 'user-agent'] as const) {
    const value = headers[name];
    if (value !== undefined) made.set(name, value);
  }
  return made;
}

/** The library, set up for this install. */
export function openLibrary(options: IdentityOptions): Library {
  const auth = betterAuth(authOptions({ ...options, oidc: null }));
  const provider = createProvider(options);
  return {
    async identify(headers) {
      const { response, headers: answered } = await auth.api.getSession({
        headers: webHeaders(headers),
        returnHeaders: true,
      });
      if (response === null) return null;
      const { user, session } = response;
      return {
        person: {
          user: {
            id: user.id,
            name: user.name,
            email: user.email,
            emailVerified: user.emailVerified,
            // The plugin's field, which its types lose on the way.
            twoFactor: 'twoFactorEnabled' in user && user.twoFactorEnabled === true,
          },
          sessionId: session.id,
          expiresAt: session.expiresAt.getTime(),
        },
        cookies: answered.getSetCookie(),
      };
    },
    async signIn(email, password, { address, agent }) {
      const headers = new Headers({ [ADDRESS_HEADER]: address, 'user-agent': agent });
      const { headers: answered } = await auth.api.signInEmail({
        body: { email, password },
        headers,
        returnHeaders: true,
      });
      return answered.getSetCookie();
    },
    async askToConfirm(email, language) {
      // As a request, because only with one the mail learns its language.
      const headers = new Headers({ 'content-type': 'application/json', 'accept-language': language ?? '' });
      const url = `${options.publicUrl}${AUTH_PATH}/send-verification-email`;
      await auth.handler(new Request(url, { method: 'POST', headers, body: JSON.stringify({ email }) }));
    },
    async handle(request, withProvider) {
      if (!withProvider) return auth.handler(request);
      return (await provider())?.handler(request) ?? null;
    },
  };
}

/**
 * The library asks the provider for its addresses once, when it is set up, and does without the provider when that fails.
 * So this is a set-up of its own: made when somebody first wants it, and not before the provider was seen to answer.
 */
function createProvider(options: IdentityOptions) {
  const make = () => betterAuth(authOptions(options));
  let made: ReturnType<typeof make> | null = null;
  return async () => {
    if (made !== null || options.oidc === null) return made;
    try {
      const answer = await fetchWithin(discoveryUrl(options.oidc.issuer), {}, PROVIDER_ANSWERS_WITHIN_MS);
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`it answered ${answer.status}`);
    } catch (error) {
      options.logger.warn('the OpenID provider cannot be reached', { error: String(error) });
      return null;
    }
    made ??= make();
    return made;
  };
}

function discoveryUrl(issuer: string): string {
  return `${issuer}/.well-known/openid-configuration`;
}
