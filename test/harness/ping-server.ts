import { after, before } from 'node:test';
import { registerRoutes } from '../../src/http/routes.ts';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import type { Health, Services } from '../../src/http/services.ts';
import type { Database } from '../../src/store/database.ts';
import { testServices } from './api.ts';
import { useDatabase } from './database.ts';
import { createFixtures, type Fixtures, sql } from './fixtures.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import { openWire, type Wire, type WireAnswer } from './wire.ts';

export interface StoredSignal {
  readonly n: number;
  readonly kind: string;
  readonly exit_status: number | null;
  readonly run_id: string | null;
  readonly method: string;
  readonly remote_addr: string;
  readonly user_agent: string;
  readonly body: Buffer | null;
  readonly body_size: number;
  readonly received_at: number;
  readonly at: number;
  readonly not_counted: string | null;
}

export interface PingServer {
  readonly clock: VirtualClock;
  readonly make: Fixtures;
  readonly database: Database;
  readonly services: Services;
  readonly port: number;
  /** A second server on the same database, with other services; closed after the tests. */
  another(change: Partial<Services>): Promise<{ readonly port: number; readonly server: HttpServer }>;
  wire(): Promise<Wire>;
  /** One request on a connection of its own. */
  ask(method: string, target: string, more?: AskOptions): Promise<WireAnswer>;
  signals(monitorId: string): Promise<StoredSignal[]>;
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly port?: number;
}

const calm: Health = { notReady: () => null, metrics: async () => [] };

/** The request as bytes; a body brings its length along. */
export function requestBytes(method: string, target: string, { headers = {}, body }: AskOptions = {}): Buffer {
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const lines = Object.entries({ Host: 'watch.test', ...length, ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const head = [`${method} ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body ?? '')]);
}

/** Our HTTP server as it is, with a real ingest on a real database, on a port of loopback; time stands still. */
export function usePingServer(): PingServer {
  const db = useDatabase();
  const clock = createVirtualClock();
  const make = createFixtures(() => db.database, clock);
  const servers: HttpServer[] = [];
  let services: Services | undefined;
  let port = 0;
  const start = async (given: Services) => {
    const server = createHttpServer(given);
    servers.push(server);
    await registerRoutes(server.app, given);
    return { server, port: await server.listen(0, '127.0.0.1') };
  };
  before(async () => {
    await db.made;
    services = testServices(db.database, clock, calm, new Map());
    port = (await start(services)).port;
  });
  after(async () => {
    await Promise.all(servers.map((server) => server.close()));
  });
  const ready = (): Services => {
    if (services === undefined) throw new Error('the server is there only while tests run');
    return services;
  };
  return {
    clock,
    make,
    get database() {
      return db.database;
    },
    get services() {
      return ready();
    },
    get port() {
      return port;
    },
    another: (change) => start({ ...ready(), ...change }),
    wire: () => openWire(port),
    async ask(method, target, more = {}) {
      const wire = await openWire(more.port ?? port);
      wire.write(requestBytes(method, target, more));
      const answer = await wire.answer(method === 'HEAD');
      wire.end();
      if (answer === null) throw new Error(`${method} ${target}: the connection ended without an answer`);
      return answer;
    },
    async signals(monitorId) {
      await ready().ingest.settle();
      return sql<StoredSignal & Record<string, unknown>>(
        db.database,
        `SELECT n, kind, exit_status, run_id, method, remote_addr, user_agent, body, body_size, received_at, at,
          not_counted FROM signal WHERE monitor_id = $1 ORDER BY n`,
        [monitorId],
      );
    },
  };
}
