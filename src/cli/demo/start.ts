import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { firstStart, hashToken, loadSecretKey, SETUP_TOKEN } from '../../accounts/first-start.ts';
import { createChannelKinds } from '../../alerts/channels/registry.ts';
import { type Config, readConfig } from '../../config.ts';
import type { Instant } from '../../core/instant.ts';
import { unsubscribeUrl } from '../../http/unsubscribe.ts';
import { startNode } from '../../main.ts';
import { type Chance, createChance, randomOf } from '../../platform/chance.ts';
import { systemClock } from '../../platform/clock.ts';
import { findFreePort } from '../../platform/free-port.ts';
import type { Logger } from '../../platform/logger.ts';
import { createOutboundDoor, type OutboundDoor } from '../../platform/outbound/door.ts';
import { createIdSource, type Random, randomBase62, systemRandom } from '../../platform/random.ts';
import type { Database } from '../../store/database.ts';
import { takeInstall } from '../../store/install.ts';
import { openStore, type Store } from '../../store/open-store.ts';
import { createSealer, type Sealer } from '../../store/seal.ts';
import { startJobs } from './live.ts';
import { within } from './one-transaction.ts';
import { pretend } from './pretend.ts';
import { PEOPLE, STORY_MS } from './story.ts';
import { createStoryClock, stillClock } from './story-clock.ts';
import { tellStory } from './tell.ts';

/** What makes a folder a demonstration's; nothing else is ever opened as one. */
const MARK_FILE = 'demo.json';
const PASSWORD_LENGTH = 12;
const DEFAULT_SEED = 'allswell';

export interface DemoOptions {
  readonly dataDir: string;
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** The same seed tells the same story with the same keys and the same password; null: keys and password by chance. */
  readonly seed: string | null;
  /** Time stands still then, and no job goes on; null: now, and it goes on. */
  readonly stillAt: Instant | null;
  /** The address in the lines that jobs are called by; the server's own when not given. */
  readonly pingUrl?: string;
  readonly logger: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Demo {
  readonly url: string;
  readonly email: string;
  readonly password: string;
  stop(): Promise<void>;
}

export type DemoResult = { readonly ok: true; readonly demo: Demo } | { readonly ok: false; readonly message: string };

/** What a demonstration's folder says about it. */
interface Mark {
  readonly seed: string;
  readonly shownAt: Instant;
  readonly password: string;
}

/** The mark of a folder; `empty` where there is nothing in it, null where something else lives there. */
async function readMark(dataDir: string): Promise<Mark | 'empty' | null> {
  const names = await readdir(dataDir);
  if (names.length === 0) return 'empty';
  return names.includes(MARK_FILE) ? (JSON.parse(await readFile(join(dataDir, MARK_FILE), 'utf8')) as Mark) : null;
}

export const isLoopback = (host: string): boolean => /^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host);

const urlOf = (host: string, port: number) => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Settings of a real install mean nothing here: not its database, not its mail server, not its address. */
function configOf(options: DemoOptions, port: number): Config {
  const { env, dataDir, host, pingUrl } = options;
  const result = readConfig(
    {
      PORT: String(port),
      HOST: host,
      // Of an address that means all of them, localhost is the one that is known.
      ALLSWELL_URL: isLoopback(host) || /^(0\.0\.0\.0|::)$/.test(host) ? undefined : urlOf(host, port),
      ALLSWELL_DATA: dataDir,
      ALLSWELL_PING_URL: pingUrl,
      ALLSWELL_PG_BIN: env.ALLSWELL_PG_BIN,
      // The jobs of the story say where they are.
      ALLSWELL_TRUSTED_PROXIES: '127.0.0.1,::1',
      ALLSWELL_PRIVATE_TARGETS: 'no',
    },
    dataDir,
  );
  if (!result.ok) throw new Error(result.message);
  return result.config;
}

/** Starts a demonstration in a folder that is empty or was one before. The folder has to be there. */
export async function startDemo(options: DemoOptions): Promise<DemoResult> {
  const { dataDir, host, logger } = options;
  const known = await readMark(dataDir);
  if (known === null) {
    return { ok: false, message: `${dataDir} is neither empty nor the folder of a demonstration; nothing was changed` };
  }
  const port = options.port === 0 ? await findFreePort(host) : options.port;
  const config = configOf(options, port);
  const opened = await openStore({ ...config, logger, clock: systemClock, random: systemRandom });
  if (!opened.ok) return opened;
  const { store } = opened;
  try {
    const mark = known === 'empty' ? await tell(options, config, store) : known;
    const started = await show(options, config, port, store, mark, known === 'empty');
    if (started.ok) return started;
    await store.close('fast');
    return started;
  } catch (error) {
    await store.close('fast');
    throw error;
  }
}

async function tell(options: DemoOptions, config: Config, store: Store): Promise<Mark> {
  const { dataDir, seed } = options;
  const chance = createChance(seed ?? DEFAULT_SEED);
  const random: Random = seed === null ? systemRandom : randomOf(chance.fork('secrets'));
  const shownAt = options.stillAt ?? systemClock.now();
  const password = randomBase62(random, PASSWORD_LENGTH);
  const sealer = createSealer(await loadSecretKey(dataDir, null, random), random);
  const door = createOutboundDoor({ clock: systemClock, privateTargets: false, ownPorts: [] });
  try {
    await store.database.transaction((tx) =>
      tellWithin(within(tx, store.database), { ...options, config, chance, random, shownAt, sealer, door }, password),
    );
  } finally {
    await door.close();
  }
  const mark: Mark = { seed: seed ?? DEFAULT_SEED, shownAt, password };
  await writeFile(join(dataDir, MARK_FILE), `${JSON.stringify(mark, null, 2)}\n`, { mode: 0o600 });
  return mark;
}

interface TellParts extends Pick<DemoOptions, 'dataDir' | 'logger'> {
  readonly config: Config;
  readonly chance: Chance;
  readonly random: Random;
  readonly shownAt: Instant;
  readonly sealer: Sealer;
  readonly door: OutboundDoor;
}

async function tellWithin(database: Database, parts: TellParts, password: string): Promise<void> {
  const { config, chance, random, shownAt, sealer, dataDir, door } = parts;
  const clock = createStoryClock(shownAt - STORY_MS);
  const newId = createIdSource(clock, random);
  const first = await firstStart({ database, clock, random, newId, dataDir, apiKey: null });
  // There is an owner from the beginning; nobody else is to become it.
  if (first.setupToken !== null) await takeInstall(database, SETUP_TOKEN, hashToken(first.setupToken));
  const publicUrl = config.url ?? '';
  const logger = quiet(parts.logger);
  const telegram = { token: null, apiBase: config.telegramApiBase, proxyUrl: null };
  const kinds = createChannelKinds({ door, clock, logger, publicUrl, smtpUrl: null, mailFrom: null, telegram });
  const channelKinds = pretend(kinds, { chance: chance.fork('services'), shownAt, clock });
  const story = { database, clock, random, newId, sealer, channelKinds, shownAt, chance, logger, publicUrl };
  await tellStory({ ...story, unsubscribeUrl: (id) => unsubscribeUrl(publicUrl, sealer, id) }, password);
}

/** What goes wrong in the story is no news to whoever starts it. */
function quiet(logger: Logger): Logger {
  const { debug } = logger;
  return { ...logger, warn: debug, info: debug };
}

async function show(
  options: DemoOptions,
  config: Config,
  port: number,
  store: Store,
  { seed, shownAt, password }: Mark,
  isFresh: boolean,
): Promise<DemoResult> {
  const { logger, stillAt, host } = options;
  const chance: Chance = createChance(seed);
  const started = await startNode({
    config,
    port,
    store,
    logger,
    random: systemRandom,
    ...(stillAt === null ? {} : { clock: stillClock(stillAt, systemClock) }),
    sendBy: (kinds) => pretend(kinds, { chance: chance.fork('services now'), shownAt }),
  });
  if (!started.ok) return started;
  const { node } = started;
  const heardUntil = isFresh ? shownAt : systemClock.now();
  const jobs = {
    database: store.database,
    clock: systemClock,
    logger,
    chance,
    shownAt,
    heardUntil,
    url: urlOf(host, port),
  };
  const stopJobs = stillAt === null ? await startJobs(jobs) : async () => undefined;
  const [guide] = Object.values(PEOPLE);
  return {
    ok: true,
    demo: {
      url: node.url,
      email: guide?.email ?? '',
      password,
      async stop() {
        await stopJobs();
        await node.stop();
        await store.close('fast');
      },
    },
  };
}
