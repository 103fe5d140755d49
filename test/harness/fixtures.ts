import type { ChannelKindName } from '../../src/alerts/channels/contract.ts';
import type { Instant } from '../../src/core/instant.ts';
import type { MonitorKind } from '../../src/core/monitor.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { createIdSource, randomBase62, systemRandom } from '../../src/platform/random.ts';
import type { Database, Row } from '../../src/store/database.ts';
import { createSealer } from '../../src/store/seal.ts';
import { insertState } from '../../src/store/states.ts';
import { insertTeam } from '../../src/store/teams.ts';
import { applyControl } from '../../src/watch/act.ts';
import { createDefinitionCache } from '../../src/watch/definitions.ts';
import type { Ping } from '../../src/watch/ping.ts';
import { createVirtualClock } from './virtual-clock.ts';

export const TEST_SECRET = 'a secret key for tests only';
export const testSealer = createSealer(TEST_SECRET, systemRandom);

export interface TestMonitor {
  readonly id: string;
  readonly teamId: string;
  readonly key: string;
  readonly slug: string;
}

export interface MonitorOptions {
  readonly kind?: MonitorKind;
  readonly name?: string;
  readonly periodSeconds?: number;
  readonly cron?: string;
  readonly graceSeconds?: number;
  readonly startGraceSeconds?: number;
  readonly maxRunSeconds?: number | null;
  readonly failAfter?: number;
  readonly createdAt?: Instant;
  /** The first slot counts from its creation. */
  readonly armed?: boolean;
  /** Channels chosen for it; every channel of the team when not given. */
  readonly channels?: readonly string[];
}

export interface TestChannel {
  readonly id: string;
  readonly destination: string;
}

let statements = 0;

/** One statement of a test. */
export function sql<R extends Row>(database: Database, text: string, values: readonly unknown[] = []): Promise<R[]> {
  statements += 1;
  return database.query<R>({ name: `test_${statements}`, text }, values);
}

/** Rows that tests need, made under a clock of theirs. */
export function createFixtures(database: () => Database, clock: Clock = createVirtualClock()) {
  const makeId = createIdSource(clock, systemRandom);
  const insert = (text: string, values: readonly unknown[]) => sql(database(), text, values);
  return {
    newId: makeId,
    async team(name = 'Night watch'): Promise<{ readonly id: string; readonly pingKey: string }> {
      const team = { id: makeId(), pingKey: randomBase62(systemRandom, 22) };
      await database().transaction((tx) =>
        insertTeam(tx, { ...team, name, language: 'en', timezone: 'UTC', createdAt: clock.now() }),
      );
      return team;
    },
    /** A monitor with a period of an hour and no grace, never heard from, unless told otherwise. */
    async monitor(teamId: string, options: MonitorOptions = {}): Promise<TestMonitor> {
      const id = makeId();
      const key = systemRandom.uuid();
      const slug = `m-${key.slice(0, 8)}`;
      const { cron, kind = 'heartbeat', createdAt = clock.now(), channels } = options;
      const periodSeconds = cron === undefined ? (options.periodSeconds ?? 3_600) : null;
      await insert(
        `INSERT INTO monitor (id, team_id, kind, name, slug, ping_key, schedule_type, period_seconds, expression,
          timezone, interval_ms, grace_seconds, start_grace_seconds, max_run_seconds, fail_after, all_channels,
          created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)`,
        [
          id,
          teamId,
          kind,
          options.name ?? `job ${slug}`,
          slug,
          key,
          cron === undefined ? 'period' : 'cron',
          periodSeconds,
          cron ?? null,
          cron === undefined ? null : 'UTC',
          periodSeconds === null ? 3_600_000 : periodSeconds * 1_000,
          options.graceSeconds ?? 0,
          options.startGraceSeconds ?? 300,
          options.maxRunSeconds ?? null,
          options.failAfter ?? 1,
          channels === undefined,
          createdAt,
        ],
      );
      await database().transaction(async (tx) => {
        await insertState(tx, id);
        const signal = { kind: 'created', armed: options.armed ?? false } as const;
        await applyControl(tx, createDefinitionCache(), id, signal, { now: createdAt, newId: makeId });
      });
      for (const channel of channels ?? []) {
        await insert('INSERT INTO monitor_channel (monitor_id, channel_id) VALUES ($1, $2)', [id, channel]);
      }
      return { id, teamId, key, slug };
    },
    /** A channel, by default a webhook; `destination` is what claims are limited by. */
    async channel(
      teamId: string,
      config: unknown = { url: 'http://127.0.0.1:9/' },
      { kind = 'webhook', destination = 'hook.test' }: { kind?: ChannelKindName; destination?: string } = {},
    ): Promise<TestChannel> {
      const id = makeId();
      await insert(
        `INSERT INTO channel (id, team_id, kind, name, config_sealed, destination, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`,
        [
          id,
          teamId,
          kind,
          `${kind} ${destination}`,
          testSealer.seal(JSON.stringify(config), `channel:${id}`),
          destination,
          clock.now(),
        ],
      );
      return { id, destination };
    },
  };
}

export type Fixtures = ReturnType<typeof createFixtures>;

/** A request to a monitor's ping URL, as the HTTP side hands it on. */
export function pingOf(key: string | null, receivedAt: Instant, change: Partial<Ping> = {}): Ping {
  return {
    key,
    name: null,
    kind: 'success',
    receivedAt,
    reportedAt: null,
    runId: null,
    exitStatus: null,
    idempotencyKey: null,
    method: 'GET',
    remoteAddr: '127.0.0.1',
    userAgent: 'test',
    body: null,
    bodySize: 0,
    ...change,
  };
}
