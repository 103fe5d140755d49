import { after, before } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { type AccountsOptions, createAccounts } from '../../src/accounts/service.ts';
import { type ChannelKinds, closeChannelKinds, createChannelKinds } from '../../src/alerts/channels/registry.ts';
import { readConfig } from '../../src/config.ts';
import { registerRoutes } from '../../src/http/routes.ts';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import type { Health, Services } from '../../src/http/services.ts';
import { type Clock, systemClock } from '../../src/platform/clock.ts';
import { createOutboundDoor, type OutboundDoor } from '../../src/platform/outbound/door.ts';
import { createIdSource, randomBase62, systemRandom } from '../../src/platform/random.ts';
import { type ApiScope, hashApiKey, insertApiKey } from '../../src/store/api-keys.ts';
import type { Database } from '../../src/store/database.ts';
import { createSealer } from '../../src/store/seal.ts';
import { insertTeam } from '../../src/store/teams.ts';
import { createDefinitionCache } from '../../src/watch/definitions.ts';
import { createIngest } from '../../src/watch/ingest.ts';
import type { Ping } from '../../src/watch/ping.ts';
import { useDatabase } from './database.ts';
import { testLogger } from './postgres.ts';

export const PUBLIC_URL = 'https://watch.example';

/** A time line that tests move; it starts at a round instant. Waiting goes by the real clock. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

export const TEST_START = Date.UTC(2026, 10, 21, 12, 0, 0);

export function createTestClock(start = TEST_START): TestClock {
  let at = start;
  return {
    now: () => at,
    monotonic: () => at,
    after: (delayMs, fire) => systemClock.after(delayMs, fire),
    advance(ms) {
      at += ms;
    },
  };
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers whose form they assert.
  readonly json: any;
  readonly text: string;
  readonly bytes: Buffer;
}

/** One team with its keys, and calls in its name. */
export interface Caller {
  readonly teamId: string;
  readonly writeKey: string;
  readonly readKey: string;
  call(method: string, path: string, body?: unknown, key?: string | null): Promise<ApiAnswer>;
}

export interface TestApi {
  readonly app: FastifyInstance;
  /** Answers the port. */
  listen(): Promise<number>;
  readonly services: Services;
  readonly clock: TestClock;
  readonly database: Database;
  team(name?: string): Promise<Caller>;
  ping(key: string, ping?: Partial<Ping>): Promise<void>;
}

export interface ApiOptions {
  readonly health?: Health;
  /** Asked once, before the first test: mail servers may be started by then. */
  readonly people?: () => Promise<Partial<AccountsOptions>>;
}

const calm: Health = { notReady: () => null, metrics: async () => [] };

/** The whole API on a fresh database, with answers checked against their schemas. */
export function useApi(options: ApiOptions = {}): TestApi {
  const db = useDatabase();
  const clock = createTestClock();
  let server: HttpServer | undefined;
  let services: Services | undefined;
  let door: OutboundDoor | undefined;
  let kinds: ChannelKinds | undefined;
  const ready = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the API is there only while tests run');
    return value;
  };
  before(async () => {
    await db.made;
    door = createOutboundDoor({ clock: systemClock, privateTargets: true, ownPorts: [] });
    kinds = createChannelKinds({
      door,
      clock: systemClock,
      logger: testLogger,
      publicUrl: PUBLIC_URL,
      smtpUrl: null,
      mailFrom: null,
      telegram: { token: null, apiBase: 'http://127.0.0.1:9', proxyUrl: null },
    });
    services = testServices(db.database, clock, options.health ?? calm, kinds, await options.people?.());
    server = createHttpServer(services);
    await registerRoutes(server.app, services, { checkAnswers: true });
    await server.app.ready();
  });
  after(async () => {
    await server?.close();
    if (kinds !== undefined) await closeChannelKinds(kinds);
    await door?.close();
  });
  return {
    get app() {
      return ready(server).app;
    },
    listen: () => ready(server).listen(0, '127.0.0.1'),
    get services() {
      return ready(services);
    },
    clock,
    get database() {
      return db.database;
    },
    team: (name = 'team') => makeTeam(ready(server).app, ready(services), name),
    async ping(key, ping = {}) {
      const accepted = ready(services).ingest.accept({ ...plainPing, key, receivedAt: clock.now(), ...ping });
      const answer = await accepted;
      if (answer.result !== 'stored') throw new Error(`the ping was ${answer.result}`);
    },
  };
}

const plainPing: Omit<Ping, 'key' | 'receivedAt'> = {
  name: null,
  kind: 'success',
  exitStatus: null,
  runId: null,
  reportedAt: null,
  idempotencyKey: null,
  method: 'GET',
  remoteAddr: '127.0.0.1',
  userAgent: 'curl/8',
  bodySize: 0,
  body: null,
};

/** Invitations, no mail server, and passwords that cost nothing. */
const peopleOfTests = {
  signup: 'invite',
  oidc: null,
  passkeys: true,
  mailer: null,
  passwordCost: { log2N: 4, r: 1, p: 1 },
} as const;

export function testServices(
  database: Database,
  clock: Clock,
  health: Health,
  channelKinds: ChannelKinds,
  people: Partial<AccountsOptions> = {},
): Services {
  const config = readConfig({}, '/tmp');
  if (!config.ok) throw new Error(config.message);
  const definitions = createDefinitionCache();
  const makeId = createIdSource(clock, systemRandom);
  const sealer = createSealer('a secret for tests', systemRandom);
  const shared = { database, clock, random: systemRandom, newId: makeId, logger: testLogger, sealer };
  return {
    config: config.config,
    publicUrl: PUBLIC_URL,
    pingUrl: PUBLIC_URL,
    accounts: createAccounts({ ...shared, publicUrl: PUBLIC_URL, ...peopleOfTests, ...people }),
    database,
    clock,
    random: systemRandom,
    newId: makeId,
    logger: testLogger,
    sealer,
    definitions,
    ingest: createIngest({
      database,
      definitions,
      clock,
      newId: makeId,
      logger: testLogger,
      nodeId: makeId(),
      onRefused: () => undefined,
      unrecordedGap: () => null,
    }),
    channelKinds,
    telegramLinks: null,
    health,
    dashboard: null,
  };
}

async function makeTeam(app: FastifyInstance, services: Services, name: string): Promise<Caller> {
  const { database, clock, random } = services;
  const teamId = services.newId();
  const now = clock.now();
  await database.transaction((tx) =>
    insertTeam(tx, {
      id: teamId,
      name,
      language: 'en',
      timezone: 'UTC',
      pingKey: randomBase62(random, 22),
      createdAt: now,
    }),
  );
  const makeKey = async (scope: ApiScope) => {
    const key = `aw_${randomBase62(random, 40)}`;
    const row = { id: services.newId(), teamId, name: scope, scope, createdAt: now, expiresAt: null };
    await insertApiKey(database, row, hashApiKey(key));
    return key;
  };
  const writeKey = await makeKey('write');
  const readKey = await makeKey('read');
  return {
    teamId,
    writeKey,
    readKey,
    async call(method, path, body, key = writeKey) {
      const response = await app.inject({
        method: method as 'GET',
        url: path,
        headers: key === null ? {} : { authorization: `Bearer ${key}` },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      const text = response.body;
      const isJson = String(response.headers['content-type'] ?? '').includes('json');
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
