import { createHash } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Clock } from '../platform/clock.ts';
import { type Random, randomBase62 } from '../platform/random.ts';
import { hashApiKey, insertApiKey } from '../store/api-keys.ts';
import type { Database } from '../store/database.ts';
import { claimInstall, readInstall, writeInstall } from '../store/install.ts';
import { hasOwner } from '../store/members.ts';
import type { Sealer } from '../store/seal.ts';
import { findFirstTeam, insertTeam, type Team } from '../store/teams.ts';

/** The key that the CLI on this host uses by itself. */
export const KEY_FILE = 'api-key';
/** Where the server of this host listens, for the same CLI. */
export const ADDRESS_FILE = 'address';
/** What seals the settings of channels. */
export const SECRET_FILE = 'secret-key';
const FIRST_TEAM_NAME = 'My team';
export const TEAM_PING_KEY_LENGTH = 22;
const API_KEY_LENGTH = 40;
const SETUP_TOKEN_LENGTH = 43;
/** Under this name the install keeps the hash of its one-time link's token. */
export const SETUP_TOKEN = 'setup_token';

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

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

/** A file beside `path` that only its owner can read and that is on disk, to be moved into its place. */
async function prepare(path: string, text: string, random: Random): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${random.bytes(6).toString('hex')}.new`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(`${text}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return temporary;
}

/** Appears whole or not at all, also after a power failure, and only its owner can read it. */
async function writePrivate(path: string, text: string, random: Random): Promise<void> {
  await rename(await prepare(path, text, random), path);
  await flush(dirname(path));
}

/**
 * What the file says, or what it says from now on. Of several processes that find none one makes it and all read the
 * same; a file without anything in it counts as none.
 */
async function readOrMake(path: string, make: () => string, random: Random): Promise<string> {
  const known = await readIfThere(path);
  if (known !== null && known !== '') return known;
  if (known === '') await rm(path, { force: true });
  const temporary = await prepare(path, make(), random);
  try {
    await link(temporary, path);
    await flush(dirname(path));
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    // Not every file system has hard links; there the last one wins.
    if (!isThere) await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  const made = await readIfThere(path);
  if (made === null || made === '') throw new Error(`${path} was taken away while it was made`);
  return made;
}

/** Tells the CLI of this host where the server is. Written when it listens. */
export async function leaveAddress(dataDir: string, url: string, random: Random): Promise<void> {
  await writePrivate(join(dataDir, ADDRESS_FILE), url, random);
}

/** ALLSWELL_SECRET_KEY, or else what the data folder holds, made at the first start. */
export async function loadSecretKey(dataDir: string, given: string | null, random: Random): Promise<string> {
  if (given !== null) return given;
  return readOrMake(join(dataDir, SECRET_FILE), () => random.bytes(32).toString('base64url'), random);
}

/** As `loadSecretKey`, but none is made: null where there is none yet. */
export async function findSecretKey(dataDir: string, given: string | null): Promise<string | null> {
  return given ?? ((await readIfThere(join(dataDir, SECRET_FILE))) || null);
}

/** What to do when `isSecretKeyRight` says no, in one line. */
export function wrongSecretKey(dataDir: string, given: string | null): string {
  const where = given === null ? `what ${join(dataDir, SECRET_FILE)} holds` : 'what is given';
  return (
    `ALLSWELL_SECRET_KEY: the secrets in this database were sealed with another key than ${where}; ` +
    'without the right one no channel can be used (each server on one database needs the same)'
  );
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
    await writeInstall(tx, SETUP_TOKEN, hashToken(setupToken));
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
  const key = await readOrMake(keyFile, () => newApiKey(random), random);
  // Also for a known key: the folder may have outlived its database.
  await keep(key, `command line on ${hostname()}`);
  return { team, isFirst, setupToken: isFirst ? setupToken : null, keyFile };
}

/** One-time tokens are long and random: a plain hash is enough. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * Makes a new one-time link for an install that nobody owns yet; an older one is void. Null when somebody does own it.
 */
export async function renewSetupToken(database: Database, random: Random): Promise<string | null> {
  const token = randomBase62(random, SETUP_TOKEN_LENGTH);
  return database.transaction(async (tx) => {
    const team = await findFirstTeam(tx);
    if (team === null || (await hasOwner(tx, team.id))) return null;
    await writeInstall(tx, SETUP_TOKEN, hashToken(token));
    return token;
  });
}
