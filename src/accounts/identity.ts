import type { IncomingHttpHeaders } from 'node:http';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../core/instant.ts';
import type { Logger } from '../platform/logger.ts';
import type { Database } from '../store/database.ts';
import type { Sealer } from '../store/seal.ts';
import type { Passwords } from './password.ts';

/** Where its handler stands; paths in this file are below it. */
export const AUTH_PATH = '/api/auth';
/** The header in which our server tells it whose request it is. Taken off whatever comes from outside. */
export const ADDRESS_HEADER = 'x-allswell-address';
export const OIDC_PROVIDER = 'oidc';

export const SESSION_MS = 30 * DAY_MS;
/** A session in use is carried on at most this often. */
export const SESSION_CARRIED_ON_MS = DAY_MS;
/** Changing how one signs in asks for a sign-in no older than this. */
export const FRESH_MS = DAY_MS;
export const RESET_LINK_MS = HOUR_MS;
export const SIGN_IN_LINK_MS = 15 * MINUTE_MS;
export const CONFIRM_LINK_MS = DAY_MS;

export interface IdentityUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly twoFactor: boolean;
}

/** Somebody whose session is valid. */
export interface SignedIn {
  readonly user: IdentityUser;
  readonly sessionId: string;
  readonly expiresAt: Instant;
}

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Mails that the library asks for; `headers` are those of the request, for its language. */
export interface IdentityMails {
  resetPassword(user: { readonly email: string }, token: string, headers: Headers | undefined): void;
  confirmEmail(user: { readonly email: string }, token: string, headers: Headers | undefined): void;
  signInLink(email: string, token: string, headers: Headers | undefined): void;
}

export interface IdentityOptions {
  readonly database: Database;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly sealer: Sealer;
  readonly publicUrl: string;
  readonly passwords: Passwords;
  readonly mails: IdentityMails;
  /** Whether an address has to be confirmed before its account can be used. */
  readonly confirmsEmail: boolean;
  readonly oidc: OidcSettings | null;
  readonly passkeys: boolean;
  /** Asked before a provider's person gets an account here. */
  mayMakeAccount(email: string): Promise<boolean>;
}

export interface Identities {
  /** Name of the cookie that carries a session. */
  readonly sessionCookie: string;
  /** Names of the cookies of somebody who is asked for a code or a password: wholly and half signed in. */
  readonly challengeCookies: readonly string[];
  /** Who is signed in, with cookies that carry the session on; null when nobody is. */
  identify(
    headers: IncomingHttpHeaders,
  ): Promise<{ readonly person: SignedIn; readonly cookies: readonly string[] } | null>;
  /** Signs in with a password; answers the cookies. Throws when it is the wrong one. */
  signIn(
    email: string,
    password: string,
    from: { readonly address: string; readonly agent: string },
  ): Promise<string[]>;
  /** Sends the mail that asks to confirm an address. */
  askToConfirm(email: string, language: string | undefined): Promise<void>;
  /**
   * The library's own handler, for requests below AUTH_PATH that were checked (http/auth.ts). `withProvider`: the request
   * is about the OpenID provider; null when that one cannot be reached.
   */
  handle(request: Request, withProvider: boolean): Promise<Response | null>;
}

/** What the bridge to the library does. */
export type Library = Pick<Identities, 'identify' | 'signIn' | 'askToConfirm' | 'handle'>;

/** Where WebAuthn may be used: browsers refuse it for addresses that are numbers. */
export function canHavePasskeys(publicUrl: string): boolean {
  const { hostname, protocol } = new URL(publicUrl);
  const isName = /[a-z]/i.test(hostname) && !hostname.startsWith('[');
  return isName && (protocol === 'https:' || hostname === 'localhost');
}

/**
 * Who is who. The library behind it is large and loaded when somebody first signs in or is signed in: a server that only
 * takes pings does without.
 */
export function createIdentities(options: IdentityOptions): Identities {
  let loading: Promise<Library> | null = null;
  const library = (): Promise<Library> => {
    loading ??= import('./identity-library.ts').then(({ openLibrary }) => openLibrary(options));
    loading.catch(() => {
      loading = null;
    });
    return loading;
  };
  const isSecure = new URL(options.publicUrl).protocol === 'https:';
  const cookie = (name: string) => `${isSecure ? '__Secure-' : ''}allswell.${name}`;
  const sessionCookie = cookie('session_token');
  return {
    sessionCookie,
    challengeCookies: [sessionCookie, cookie('two_factor')],
    async identify(headers) {
      // Most calls come with a key or with nothing: they cost no question.
      if (!headers.cookie?.includes(`${sessionCookie}=`)) return null;
      return (await library()).identify(headers);
    },
    signIn: async (email, password, from) => (await library()).signIn(email, password, from),
    askToConfirm: async (email, language) => (await library()).askToConfirm(email, language),
    handle: async (request, withProvider) => (await library()).handle(request, withProvider),
  };
}
