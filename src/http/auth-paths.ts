/**
 * What of the identity library is open, and how its doors are slowed. Whatever it has besides, or gets with its next
 * version, is closed.
 */
export interface AuthPath {
  readonly method: 'GET' | 'POST';
  /** Below /api/auth. */
  readonly path: string;
  /** sign_in: an account's password. code: a code or password of somebody half or wholly signed in. mail: causes one. */
  readonly guard: 'none' | 'sign_in' | 'code' | 'mail';
  /** What the install must have for it. */
  readonly needs?: 'mail' | 'passkeys' | 'provider';
}

const get = (path: string, more: Partial<AuthPath> = {}): AuthPath => ({ method: 'GET', path, guard: 'none', ...more });
const post = (path: string, more: Partial<AuthPath> = {}): AuthPath => ({
  method: 'POST',
  path,
  guard: 'none',
  ...more,
});

const passkeys = { needs: 'passkeys' } as const;
const provider = { needs: 'provider' } as const;

export const AUTH_PATHS: readonly AuthPath[] = [
  get('/get-session'),
  post('/sign-in/email', { guard: 'sign_in' }),
  post('/sign-out'),
  post('/sign-in/magic-link', { guard: 'mail', needs: 'mail' }),
  get('/magic-link/verify'),
  post('/request-password-reset', { guard: 'mail', needs: 'mail' }),
  post('/reset-password'),
  post('/send-verification-email', { guard: 'mail', needs: 'mail' }),
  get('/verify-email'),
  post('/change-password', { guard: 'code' }),
  post('/two-factor/enable', { guard: 'code' }),
  post('/two-factor/disable', { guard: 'code' }),
  post('/two-factor/get-totp-uri', { guard: 'code' }),
  post('/two-factor/verify-totp', { guard: 'code' }),
  post('/two-factor/generate-backup-codes', { guard: 'code' }),
  post('/two-factor/verify-backup-code', { guard: 'code' }),
  get('/passkey/generate-register-options', passkeys),
  post('/passkey/verify-registration', passkeys),
  get('/passkey/generate-authenticate-options', passkeys),
  post('/passkey/verify-authentication', { ...passkeys, guard: 'code' }),
  get('/passkey/list-user-passkeys', passkeys),
  post('/passkey/update-passkey', passkeys),
  post('/passkey/delete-passkey', passkeys),
  post('/sign-in/social', provider),
  get('/callback/oidc', provider),
  post('/link-social', provider),
  get('/list-accounts', provider),
  post('/unlink-account', provider),
];
