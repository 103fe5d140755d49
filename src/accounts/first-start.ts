import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../platform/clock.ts';
import { type Random, randomBase62 } from '../platform/random.ts';
import { hashApiKey, insertApiKey } from '../store/api-keys.ts';
import type { Database } from '../store/database.ts';
import { claimInstall, readInstall, takeInstall, writeInstall } from '../store/install.ts';
import type { Sealer } from '../store/seal.ts';
import { findFirstTeam, insertTeam, type Team } from '../store/teams.ts';

/** The key that the CLI on this host uses by itself. */
export const KEY_FILE = 'api-key';
/** Where the server of this host listens, for the same CLI. */
export const ADDRESS_FILE = 'address';
const SECRET_FILE = 'secret-key';
const FIRST_TEAM_NAME = 'My team';
export const TEAM_PING_KEY_LENGTH = 22;
const API_KEY_LENGTH = 40;
const SETUP_TOKEN_LENGTH = 43;

/** A new API key: the prefix tells people and scanners what it is. */
export function newApiKey(random: Random): string {
  return `aw_${randomBase62(random, API_KEY_LENGTH)}`;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Appears whole or not at all, and only its owner can read it. */
async function writePrivate(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, `${text}\n`, { mode: 0o600 });
  await chmod(`${path}.new`, 0o600);
  await rename(`${path}.new`, path);
}

/** Tells the CLI of this host where the server is. Written when it listens. */
export async function leaveAddress(dataDir: string, url: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  await writePrivate(join(dataDir, ADDRESS_FILE), url);
}

/** ALLSWELL_SECRET_KEY, or else what the data folder holds, made at the first start. */
export async function loadSecretKey(dataDir: string, given: string | null, random: Random): Promise<string> {
  if (given !== null) return given;
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, SECRET_FILE);
  const known = await readIfThere(path);
  if (known !== null && known !== '') return known;
  const made = random.bytes(32).toString('base64url');
  await writePrivate(path, made);
  return made;
}

/** True when this key is the one that the database's secrets were sealed with; the first key to come is. */
export async function isSecretKeyRight(database: Database, sealer: Sealer): Promise<boolean> {
  const context = 'install:secret_check';
  await claimInstall(database, 'secret_check', sealer.seal('all is well', context).toString('base64'));
  const sealed = await readInstall(database, 'secret_check');
  try {
    return sealed !== null && sealer.unseal(Buffer.from(sealed, 'base64'), context) === 'all is well';
  } catch {
    return false;
  }
}

export interface FirstStartOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly dataDir: string;
  /** ALLSWELL_API_KEY. */
  readonly apiKey: string | null;
}

export interface FirstStart {
  readonly team: Team;
  /** True once in the life of an install. */
  readonly isFirst: boolean;
  /** For the one-time link; null after the first start. */
  readonly setupToken: string | null;
  readonly keyFile: string;
}

/**
 * Makes sure that there is a team, that the CLI of this host has a key, and that a key given by configuration works.
 * Of several nodes that start together one makes the team.
 */
export async function firstStart(options: FirstStartOptions): Promise<FirstStart> {
  const { database, clock, random, newId, dataDir } = options;
  const teamId = newId();
  const setupToken = randomBase62(random, SETUP_TOKEN_LENGTH);
  const isFirst = await database.transaction(async (tx) => {
    if (!(await claimInstall(tx, 'first_team', teamId))) return false;
    await insertTeam(tx, {
      id: teamId,
      name: FIRST_TEAM_NAME,
      language: 'en',
      timezone: 'UTC',
      pingKey: randomBase62(random, TEAM_PING_KEY_LENGTH),
      createdAt: clock.now(),
    });
    await writeInstall(tx, 'setup_token', hashToken(setupToken));
    return true;
  });
  const team = await findFirstTeam(database);
  if (team === null) throw new Error('the first team is missing');
  const keep = (key: string, name: string) =>
    insertApiKey(
      database,
      { id: newId(), teamId: team.id, name, scope: 'write', createdAt: clock.now(), expiresAt: null },
      hashApiKey(key),
    );
  if (options.apiKey !== null) await keep(options.apiKey, 'ALLSWELL_API_KEY');
  const keyFile = join(dataDir, KEY_FILE);
  const known = await readIfThere(keyFile);
  const key = known === null || known === '' ? newApiKey(random) : known;
  // Also for a known key: the folder may have outlived its database.
  await keep(key, `command line on ${hostname()}`);
  if (key !== known) {
    await mkdir(dataDir, { recursive: true });
    await writePrivate(keyFile, key);
  }
  return { team, isFirst, setupToken: isFirst ? setupToken : null, keyFile };
}

function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Turns the one-time link's token into an API key, once; null when it was used or never was. */
export async function redeemSetupToken(
  options: Omit<FirstStartOptions, 'dataDir' | 'apiKey'>,
  token: string,
): Promise<string | null> {
  const { database, clock, random, newId } = options;
  return database.transaction(async (tx) => {
    if (!(await takeInstall(tx, 'setup_token', hashToken(token)))) return null;
    const team = await findFirstTeam(tx);
    if (team === null) return null;
    const key = newApiKey(random);
    await insertApiKey(
      tx,
      { id: newId(), teamId: team.id, name: 'one-time link', scope: 'write', createdAt: clock.now(), expiresAt: null },
      hashApiKey(key),
    );
    return key;
  });
}
