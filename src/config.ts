import { isAbsolute, resolve } from 'node:path';
import { readAddressRange } from './platform/address-range.ts';
import { LOG_LEVELS, type LogFormat, type LogLevel } from './platform/logger.ts';
import { NODE_ROLES, type NodeRole } from './store/nodes.ts';

/** What a setting's text has to be; answers the value, or a sentence about what is allowed. */
type Read<T> = (text: string) => { readonly value: T } | { readonly allowed: string };

interface Setting<T> {
  readonly env: string;
  readonly read: Read<T>;
  /** As text, as a person would write it; null: not set. */
  readonly default: string | null;
  /** Never shown in whole. */
  readonly secret: boolean;
  readonly help: string;
}

const text: Read<string> = (given) => ({ value: given });

function oneOf<const T extends string>(words: readonly T[]): Read<T> {
  return (given) => {
    const found = words.find((word) => word === given);
    return found === undefined ? { allowed: `one of ${words.join(', ')}` } : { value: found };
  };
}

function wholeNumber(min: number, max: number): Read<number> {
  return (given) => {
    const value = /^\d{1,10}$/.test(given) ? Number(given) : Number.NaN;
    return value >= min && value <= max ? { value } : { allowed: `a whole number from ${min} to ${max}` };
  };
}

function url(...protocols: readonly string[]): Read<string> {
  return (given) => {
    const allowed = `an address that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
    if (
      !/^[a-z][a-z0-9+.-]*:\/\//i.test(given) ||
      !URL.canParse(given) ||
      !protocols.includes(new URL(given).protocol)
    ) {
      return { allowed };
    }
    return { value: given.replace(/\/+$/, '') };
  };
}

/** A mail server or a proxy: unlike those of the web, such an address may come without a host as far as URL goes. */
function serverUrl(...protocols: readonly string[]): Read<string> {
  return (given) => {
    const result = url(...protocols)(given);
    if ('allowed' in result || new URL(given).hostname !== '') return result;
    return { allowed: 'an address with the name of a server in it' };
  };
}

/** An address that others are built from: what stands behind it would end up in the middle of them. */
function baseUrl(given: string): ReturnType<Read<string>> {
  const result = url('http:', 'https:')(given);
  const allowed = 'an address that begins with http:// or https://, without ? and #';
  return 'allowed' in result || /[?#]/.test(given) ? { allowed } : result;
}

const yesOrNo: Read<boolean> = (given) => {
  const word = given.toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(word)) return { value: true };
  if (['0', 'false', 'no', 'off'].includes(word)) return { value: false };
  return { allowed: 'yes or no' };
};

function listOf<T>(read: Read<T>, what: string): Read<readonly T[]> {
  return (given) => {
    const values: T[] = [];
    for (const item of given.split(',').map((item) => item.trim())) {
      if (item === '') continue;
      const result = read(item);
      if ('allowed' in result) return { allowed: `${what} separated by commas: ${result.allowed}` };
      values.push(result.value);
    }
    return { value: values };
  };
}

const addressRange: Read<string> = (given) =>
  readAddressRange(given) === null ? { allowed: 'addresses such as 10.0.0.0/8 or fd00::1' } : { value: given };

/** `name <address>` or the address alone. */
const sender: Read<string> = (given) =>
  /^[^<>@]*<[^\s<>@]+@[^\s<>@]+>$|^[^\s<>@]+@[^\s<>@]+$/.test(given)
    ? { value: given }
    : { allowed: 'an e-mail address such as allswell <watch@example.com>' };

const botToken: Read<string> = (given) =>
  /^\d+:[\w-]+$/.test(given) ? { value: given } : { allowed: 'a token as @BotFather gives it, such as 123456:ABC-DEF' };

const minimumLength = (length: number): Read<string> => {
  return (given) => (given.length >= length ? { value: given } : { allowed: `at least ${length} characters` });
};

/** It travels in a header. */
const apiKey: Read<string> = (given) =>
  /^[\x21-\x7e]{16,}$/.test(given)
    ? { value: given }
    : { allowed: 'at least 16 characters of ASCII without spaces, as openssl rand -hex 20 gives' };

const DIALECTS = ['cronflow', 'cronsentry', 'gocron'] as const;
export type Dialect = (typeof DIALECTS)[number];

function setting<T>(env: string, read: Read<T>, fallback: string | null, help: string, secret = false): Setting<T> {
  return { env, read, default: fallback, secret, help };
}

/** Every setting there is (RULES §7). `allswell config` and docs/configuration.md are made from this table. */
export const SETTINGS = {
  port: setting('PORT', wholeNumber(0, 65_535), '8080', 'Port to listen on; 0 takes a free one.'),
  host: setting('HOST', text, '::', 'Address to listen on; :: is every address of this machine, IPv4 too.'),
  url: setting(
    'ALLSWELL_URL',
    baseUrl,
    null,
    'Address of this install as people reach it; http://localhost:PORT by default.',
  ),
  pingUrl: setting('ALLSWELL_PING_URL', baseUrl, null, 'Address that jobs call; the same as ALLSWELL_URL by default.'),
  dataDir: setting(
    'ALLSWELL_DATA',
    text,
    null,
    './data by default: the database, the key file and the secret key live here.',
  ),
  databaseUrl: setting(
    'DATABASE_URL',
    url('postgres:', 'postgresql:'),
    null,
    'Your own PostgreSQL (15 or newer); without it allswell runs one itself.',
    true,
  ),
  pooler: setting(
    'ALLSWELL_POOLER',
    yesOrNo,
    'no',
    'Say yes where a pooler with a connection per transaction (PgBouncer) stands before DATABASE_URL.',
  ),
  pgBin: setting(
    'ALLSWELL_PG_BIN',
    text,
    null,
    'Folder with initdb and postgres, where those that come with npm do not fit.',
  ),
  apiKey: setting('ALLSWELL_API_KEY', apiKey, null, 'A write key for the first team, for scripted installs.', true),
  secretKey: setting(
    'ALLSWELL_SECRET_KEY',
    minimumLength(16),
    null,
    'Encrypts channel settings in the database; made into the data folder by default.',
    true,
  ),
  roles: setting(
    'ALLSWELL_ROLES',
    listOf(oneOf(NODE_ROLES), 'roles'),
    NODE_ROLES.join(','),
    'What this node does; the same as serve --roles.',
  ),
  openDialects: setting(
    'ALLSWELL_OPEN_DIALECTS',
    listOf(oneOf(DIALECTS), 'dialects'),
    '',
    'Interfaces of other systems that are at the root as well, for the first team and without its secret: open to anybody who reaches this server.',
  ),
  trustedProxies: setting(
    'ALLSWELL_TRUSTED_PROXIES',
    listOf(addressRange, 'proxies'),
    '',
    'Proxies whose X-Forwarded-For is believed.',
  ),
  privateTargets: setting(
    'ALLSWELL_PRIVATE_TARGETS',
    yesOrNo,
    'yes',
    'Whether requests may go to private addresses; say no where strangers can sign up.',
  ),
  signup: setting(
    'ALLSWELL_SIGNUP',
    oneOf(['closed', 'invite', 'open']),
    'invite',
    'Who may make an account: nobody, people who were invited, everybody.',
  ),
  passkeys: setting('ALLSWELL_PASSKEYS', yesOrNo, 'yes', 'Whether people may sign in with passkeys (https only).'),
  oidcIssuer: setting(
    'ALLSWELL_OIDC_ISSUER',
    baseUrl,
    null,
    'OpenID provider to sign in with; its discovery document is below this address.',
  ),
  oidcClientId: setting('ALLSWELL_OIDC_CLIENT_ID', text, null, 'What the OpenID provider calls this install.'),
  oidcClientSecret: setting('ALLSWELL_OIDC_CLIENT_SECRET', text, null, 'The secret for that.', true),
  oidcName: setting('ALLSWELL_OIDC_NAME', text, 'Single sign-on', 'What the button of the OpenID provider says.'),
  retentionDays: setting(
    'ALLSWELL_RETENTION_DAYS',
    wholeNumber(1, 3_650),
    '90',
    'How long signals and deliveries are kept.',
  ),
  smtpUrl: setting(
    'SMTP_URL',
    serverUrl('smtp:', 'smtps:'),
    null,
    'Mail server for e-mail channels, smtp://user:password@host:587.',
    true,
  ),
  mailFrom: setting('ALLSWELL_MAIL_FROM', sender, 'allswell <allswell@localhost>', 'Sender of our mails.'),
  telegramToken: setting('TELEGRAM_BOT_TOKEN', botToken, null, 'Bot for Telegram channels.', true),
  telegramApiBase: setting(
    'TELEGRAM_API_BASE',
    baseUrl,
    'https://api.telegram.org',
    'Telegram Bot API, or your own server of it.',
  ),
  telegramProxyUrl: setting(
    'TELEGRAM_PROXY_URL',
    serverUrl('http:', 'https:', 'socks5:'),
    null,
    'Proxy for Telegram alone.',
    true,
  ),
  slackWebhookUrl: setting(
    'SLACK_WEBHOOK_URL',
    url('http:', 'https:'),
    null,
    'Appears as the channel "Slack (environment)" of the first team.',
    true,
  ),
  logLevel: setting('LOG_LEVEL', oneOf(LOG_LEVELS), 'info', 'How much is logged.'),
  logFormat: setting('LOG_FORMAT', oneOf(['text', 'json']), 'text', 'Lines for people or for machines.'),
} as const;

type SettingName = keyof typeof SETTINGS;
type ValueOf<S> = S extends Setting<infer T> ? T : never;
type Raw = { readonly [N in SettingName]: ValueOf<(typeof SETTINGS)[N]> | null };

export interface Config {
  readonly port: number;
  readonly host: string;
  /** Without a trailing slash. Null until the port is known when it is 0 and no address was given. */
  readonly url: string | null;
  readonly pingUrl: string | null;
  readonly dataDir: string;
  /** ALLSWELL_DATA was given: obeyed or refused, never replaced. */
  readonly dataDirGiven: boolean;
  readonly databaseUrl: string | null;
  readonly pooler: boolean;
  readonly pgBin: string | null;
  readonly apiKey: string | null;
  readonly secretKey: string | null;
  readonly roles: readonly NodeRole[];
  readonly openDialects: readonly Dialect[];
  readonly trustedProxies: readonly string[];
  readonly privateTargets: boolean;
  readonly signup: 'closed' | 'invite' | 'open';
  readonly passkeys: boolean;
  readonly oidcIssuer: string | null;
  readonly oidcClientId: string | null;
  readonly oidcClientSecret: string | null;
  readonly oidcName: string;
  readonly retentionDays: number;
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  readonly telegramToken: string | null;
  readonly telegramApiBase: string;
  readonly telegramProxyUrl: string | null;
  readonly slackWebhookUrl: string | null;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly message: string };

/** Longer values are not quoted back. */
const MAX_QUOTED = 40;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

function quote(given: string): string {
  const shownWhole = hideCredentials(given);
  return JSON.stringify(shownWhole.length > MAX_QUOTED ? `${shownWhole.slice(0, MAX_QUOTED)}…` : shownWhole);
}

/** Addresses may carry a name and a password, also those that are no secrets as such. */
function hideCredentials(given: string): string {
  return given.replace(/(\/\/)[^/\s]*@/g, '$1***@');
}

function readSetting(name: SettingName, env: Readonly<Record<string, string | undefined>>) {
  const { env: variable, read, default: fallback, secret } = SETTINGS[name] as Setting<unknown>;
  const given = env[variable]?.trim();
  const written = given === undefined || given === '' ? fallback : given;
  if (written === null) return { value: null };
  const result = CONTROL.test(written) ? { allowed: 'one line without control characters' } : read(written);
  if ('value' in result) return result;
  const quoted = secret ? 'what was given' : quote(written);
  return { message: `${variable}: ${quoted} is not allowed; it must be ${result.allowed}` };
}

const PROVIDER = ['oidcIssuer', 'oidcClientId', 'oidcClientSecret'] as const;

/** An OpenID provider is three settings; one alone would silently be without effect. */
function halfOf(raw: Raw): string | null {
  const [given, lacking] = [PROVIDER.find((name) => raw[name] !== null), PROVIDER.find((name) => raw[name] === null)];
  if (given === undefined || lacking === undefined) return null;
  return `${SETTINGS[lacking].env}: nothing is not allowed; it must be set together with ${SETTINGS[given].env}`;
}

/**
 * Reads the whole configuration from an environment, once. Not ok: one line that names the setting, what was given and
 * what is allowed. `workingDir` is what a relative ALLSWELL_DATA counts from.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>, workingDir: string): ConfigResult {
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const result = readSetting(name, env);
    if ('message' in result) return { ok: false, message: result.message };
    values[name] = result.value;
  }
  const raw = values as Raw;
  const half = halfOf(raw);
  if (half !== null) return { ok: false, message: half };
  const url = raw.url ?? (raw.port === 0 ? null : `http://localhost:${raw.port}`);
  const dataDir = raw.dataDir ?? 'data';
  const config = {
    ...raw,
    url,
    pingUrl: raw.pingUrl ?? url,
    dataDir: isAbsolute(dataDir) ? dataDir : resolve(workingDir, dataDir),
    dataDirGiven: raw.dataDir !== null,
    roles: raw.roles?.length ? [...new Set(raw.roles)] : NODE_ROLES,
  };
  for (const value of Object.values(config)) Object.freeze(value);
  // Settings with a default are never null: `readSetting` would have read the default.
  return { ok: true, config: Object.freeze(config) as Config };
}

/** Lines of `allswell config`: what is in force, secrets cut. */
export function describeConfig(
  config: Config,
): { readonly name: string; readonly value: string; readonly help: string }[] {
  return (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const { env, secret, help } = SETTINGS[name];
    const value = config[name];
    return { name: env, value: shown(value, secret), help };
  });
}

function shown(value: unknown, secret: boolean): string {
  if (value === null || value === '') return '';
  if (secret) return '(set)';
  return hideCredentials(Array.isArray(value) ? value.join(',') : String(value));
}
