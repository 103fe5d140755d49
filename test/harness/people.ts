import type { Role } from '../../src/core/roles.ts';
import { DEVICE_COOKIE } from '../../src/http/auth.ts';
import { insertMember } from '../../src/store/members.ts';
import { insertUser } from '../../src/store/users.ts';
import { type ApiAnswer, PUBLIC_URL, type TestApi } from './api.ts';

export const PASSWORD = 'a long password';
/** What a browser says of a request of our own page. */
export const OWN_PAGE = { origin: new URL(PUBLIC_URL).origin };

/** A browser: it keeps its cookies and says where its requests come from. */
export interface Browser {
  readonly cookies: Map<string, string>;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer>;
}

export interface Person extends Browser {
  readonly userId: string;
  readonly email: string;
}

/** One browser in front of the server of a test. */
export function openBrowser(api: TestApi, address = '192.0.2.1'): Browser {
  const cookies = new Map<string, string>();
  return {
    cookies,
    async call(method, path, body, headers = OWN_PAGE) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await api.app.inject({
        method: method as 'GET',
        url: path,
        remoteAddress: address,
        headers: { ...headers, ...(cookie === '' ? {} : { cookie }), 'user-agent': 'test browser' },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      for (const line of [response.headers['set-cookie'] ?? []].flat()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (/max-age=0/i.test(line)) cookies.delete(name);
        else cookies.set(name, value);
      }
      const isJson = String(response.headers['content-type'] ?? '').includes('json');
      const text = response.body;
      return {
        status: response.statusCode,
        headers: response.headers,
        json: isJson && text !== '' ? JSON.parse(text) : undefined,
        text,
        bytes: response.rawPayload,
      };
    },
  };
}

/** Somebody with an account and, where a team is named, a place in it; not signed in yet. */
export async function makeAccount(
  api: TestApi,
  place?: { readonly teamId: string; readonly role: Role },
): Promise<{ readonly userId: string; readonly email: string }> {
  const { accounts, newId, clock, database } = api.services;
  const userId = newId();
  const email = `person-${userId}@example.com`;
  const hash = await accounts.passwords.hash(PASSWORD);
  await database.transaction(async (tx) => {
    const user = { id: userId, name: email.replace(/@.*/, ''), email, emailVerified: true, createdAt: clock.now() };
    await insertUser(tx, { ...user, password: { accountId: newId(), hash } });
    if (place !== undefined) await insertMember(tx, { ...place, userId, joinedAt: clock.now() });
  });
  return { userId, email };
}

/** The same, signed in. */
export async function makePerson(
  api: TestApi,
  place?: { readonly teamId: string; readonly role: Role },
): Promise<Person> {
  const account = await makeAccount(api, place);
  const browser = openBrowser(api);
  const answer = await browser.call('POST', '/api/auth/sign-in/email', { email: account.email, password: PASSWORD });
  if (answer.status !== 200) throw new Error(`${account.email} could not sign in: ${answer.status} ${answer.text}`);
  return { ...browser, ...account };
}

/** A browser on which nobody was signed in before. */
export function forgetDevice(browser: Browser): void {
  browser.cookies.delete(DEVICE_COOKIE);
}
