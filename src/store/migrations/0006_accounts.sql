-- People. Tables with auth_ belong to the identity library (accounts/identity.ts, docs/decisions/0010): columns are named
-- and typed as it wants them, a test compares the two. Everything else about people is ours.

CREATE TABLE auth_user (
  id text PRIMARY KEY,
  name text NOT NULL,
  -- In small letters.
  email text NOT NULL UNIQUE,
  "emailVerified" boolean NOT NULL,
  image text,
  "createdAt" timestamptz NOT NULL,
  "updatedAt" timestamptz NOT NULL,
  "twoFactorEnabled" boolean
);

CREATE TABLE auth_session (
  id text PRIMARY KEY,
  "expiresAt" timestamptz NOT NULL,
  -- Of no use without the secret that signs the cookie.
  token text NOT NULL UNIQUE,
  "createdAt" timestamptz NOT NULL,
  "updatedAt" timestamptz NOT NULL,
  "ipAddress" text,
  "userAgent" text,
  "userId" text NOT NULL REFERENCES auth_user ON DELETE CASCADE
);
CREATE INDEX auth_session_user ON auth_session ("userId");
CREATE INDEX auth_session_expires ON auth_session ("expiresAt");

-- How somebody proves who they are: a password, or an account with a provider.
CREATE TABLE auth_account (
  id text PRIMARY KEY,
  "accountId" text NOT NULL,
  "providerId" text NOT NULL,
  "userId" text NOT NULL REFERENCES auth_user ON DELETE CASCADE,
  "accessToken" text,
  "refreshToken" text,
  "idToken" text,
  "accessTokenExpiresAt" timestamptz,
  "refreshTokenExpiresAt" timestamptz,
  scope text,
  password text,
  "createdAt" timestamptz NOT NULL,
  "updatedAt" timestamptz NOT NULL,
  UNIQUE ("providerId", "accountId")
);
CREATE INDEX auth_account_user ON auth_account ("userId");

-- One-time tokens; the identifier is a hash.
CREATE TABLE auth_verification (
  id text PRIMARY KEY,
  identifier text NOT NULL,
  value text NOT NULL,
  "expiresAt" timestamptz NOT NULL,
  "createdAt" timestamptz NOT NULL,
  "updatedAt" timestamptz NOT NULL
);
CREATE INDEX auth_verification_identifier ON auth_verification (identifier);
CREATE INDEX auth_verification_expires ON auth_verification ("expiresAt");

-- The secret and the recovery codes are encrypted.
CREATE TABLE auth_two_factor (
  id text PRIMARY KEY,
  secret text NOT NULL,
  "backupCodes" text NOT NULL,
  "userId" text NOT NULL REFERENCES auth_user ON DELETE CASCADE,
  verified boolean,
  "failedVerificationCount" integer,
  "lockedUntil" timestamptz
);
CREATE INDEX auth_two_factor_user ON auth_two_factor ("userId");

CREATE TABLE auth_passkey (
  id text PRIMARY KEY,
  name text,
  "publicKey" text NOT NULL,
  "userId" text NOT NULL REFERENCES auth_user ON DELETE CASCADE,
  "credentialID" text NOT NULL,
  counter integer NOT NULL,
  "deviceType" text NOT NULL,
  "backedUp" boolean NOT NULL,
  transports text,
  "createdAt" timestamptz,
  aaguid text
);
CREATE INDEX auth_passkey_user ON auth_passkey ("userId");
CREATE INDEX auth_passkey_credential ON auth_passkey ("credentialID");

-- Who belongs to a team. A team that ever had an owner always has one.
CREATE TABLE member (
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE,
  user_id text NOT NULL REFERENCES auth_user ON DELETE CASCADE,
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'readonly')),
  joined_at bigint NOT NULL,
  PRIMARY KEY (team_id, user_id)
);
CREATE INDEX member_user ON member (user_id);

-- Which of their teams a person chose in a session; the first they joined where none is chosen.
CREATE TABLE session_team (
  session_id text PRIMARY KEY REFERENCES auth_session ON DELETE CASCADE,
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE
);
CREATE INDEX session_team_team ON session_team (team_id);

CREATE TABLE invitation (
  id uuid PRIMARY KEY,
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE,
  email text NOT NULL,
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'readonly')),
  -- As they were called then.
  invited_by text NOT NULL,
  -- SHA-256 of the token; the token itself is shown once and not kept.
  token_hash bytea NOT NULL UNIQUE,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  UNIQUE (team_id, email)
);
CREATE INDEX invitation_email ON invitation (email);
CREATE INDEX invitation_expires ON invitation (expires_at);

-- Failed sign-ins, under hashes of accounts and addresses (accounts/throttle.ts).
CREATE TABLE sign_in_attempt (
  key text PRIMARY KEY,
  failures integer NOT NULL,
  last_at bigint NOT NULL
);
CREATE INDEX sign_in_attempt_last ON sign_in_attempt (last_at);

-- Who changed what of a team. Ids are no references: entries outlive what they are about.
CREATE TABLE audit (
  id uuid PRIMARY KEY,
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE,
  at bigint NOT NULL,
  actor_kind text NOT NULL CHECK (actor_kind IN ('person', 'key', 'operator')),
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  action text NOT NULL,
  target_kind text NOT NULL,
  target_id text,
  target_name text,
  changes jsonb NOT NULL DEFAULT '{}',
  address text
);
CREATE INDEX audit_team ON audit (team_id, id DESC);
CREATE INDEX audit_at ON audit (at);

-- Who made a key, as they were called then; null: the install itself.
ALTER TABLE api_key ADD COLUMN created_by text;
