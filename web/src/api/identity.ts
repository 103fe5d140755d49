import { queryOptions } from '@tanstack/react-query';
import { request } from './client.ts';

/** How one can get in here. */
export interface SignInOptions {
  readonly setup_needed: boolean;
  readonly sign_up: 'closed' | 'invite' | 'open';
  /** Links can be mailed. */
  readonly mail: boolean;
  readonly passkeys: boolean;
  /** What the OpenID provider is called, if there is one. */
  readonly provider: string | null;
}

export const signInOptionsQuery = queryOptions({
  queryKey: ['sign-in-options'],
  queryFn: ({ signal }) => request<SignInOptions>('GET', '/api/v1/sign-in-options', { signal, open: true }),
  staleTime: 60_000,
});

/** A call of the identity library below /api/auth; 401 there means a wrong password, not that the session is over. */
export function auth<T>(path: string, body: unknown = {}): Promise<T> {
  return request<T>('POST', `/api/auth${path}`, { body, open: true });
}

export function readAuth<T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
  return request<T>('GET', `/api/auth${path}`, { query, open: true });
}

export interface Session {
  readonly id: string;
  readonly current: boolean;
  readonly address: string | null;
  readonly user_agent: string | null;
  readonly created_at: string;
  readonly seen_at: string;
  readonly expires_at: string;
}

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: async ({ signal }) => {
    const { sessions } = await request<{ sessions: readonly Session[] }>('GET', '/api/v1/sessions', { signal });
    return sessions;
  },
});

export interface Passkey {
  readonly id: string;
  readonly name?: string | null;
  readonly createdAt: string | null;
}

export const passkeysQuery = queryOptions({
  queryKey: ['passkeys'],
  queryFn: () => readAuth<readonly Passkey[]>('/passkey/list-user-passkeys'),
});

/** Makes a passkey of this device for whoever is signed in. Rejects with a DOMException when the person says no. */
export async function addPasskey(name: string): Promise<void> {
  const options = await readAuth<PublicKeyCredentialCreationOptionsJSON>('/passkey/generate-register-options', {
    name,
  });
  const credential = await navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
  });
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException('no credential', 'NotAllowedError');
  await auth('/passkey/verify-registration', { response: credential.toJSON(), name });
}

/** Signs in by a passkey of this device. Rejects with a DOMException when the person says no. */
export async function signInByPasskey(): Promise<void> {
  const options = await readAuth<PublicKeyCredentialRequestOptionsJSON>('/passkey/generate-authenticate-options');
  const credential = await navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
  });
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException('no credential', 'NotAllowedError');
  await auth('/passkey/verify-authentication', { response: credential.toJSON() });
}

/** Whether this browser can do passkeys at all. */
export const hasPasskeys = (): boolean =>
  'PublicKeyCredential' in window && 'parseCreationOptionsFromJSON' in PublicKeyCredential;

/** An invitation as its link shows it. */
export interface InvitationView {
  readonly team: string;
  readonly email: string;
  readonly role: 'readonly' | 'member' | 'admin' | 'owner';
  readonly invited_by: string;
  readonly language: 'en' | 'ru';
  readonly has_account: boolean;
  readonly expires_at: string;
}

export const invitationQuery = (token: string) =>
  queryOptions({
    queryKey: ['invitation', token],
    queryFn: ({ signal }) =>
      request<InvitationView>('POST', '/api/v1/invitations/look', { body: { token }, signal, open: true }),
    retry: false,
  });
