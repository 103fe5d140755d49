import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sleep } from '../platform/clock.ts';
import type { Services } from './services.ts';

/** Much longer than a fold takes. Who waits longer meets a database that is away, and hears of that from its own question. */
const SETTLED_WITHIN_MS = 2_000;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Only says something of a job, and asks for nothing: it need not wait for what was said before. */
    readonly isReport?: boolean;
  }
}

type Deps = Pick<Services, 'ingest' | 'clock' | 'logger'>;

/** Until pings that this node has acknowledged can be read; a change of monitors waits for those of all nodes. */
export async function settled({ ingest, clock, logger }: Deps, isChange: boolean): Promise<void> {
  const abort = new AbortController();
  const settling = isChange ? ingest.settleAll(clock.now()) : ingest.settle();
  // Whoever is away is found out by what comes next.
  const done = settling.then(
    () => undefined,
    (error: unknown) => logger.debug('pings could not be settled before a request', { error }),
  );
  await Promise.race([done, sleep(clock, SETTLED_WITHIN_MS, abort.signal)]);
  abort.abort();
}

/** Whoever asks sees what was acknowledged before, although it is folded a moment later than it is acknowledged. */
export function settleBeforeRequests(app: FastifyInstance, services: Deps): void {
  // Behind the checks of the request itself: those do not wait for the database.
  app.addHook('preHandler', async (request: FastifyRequest) => {
    if (request.routeOptions.config.isReport === true) return;
    const isChange = request.method !== 'GET' && request.method !== 'HEAD';
    if (isChange || services.ingest.unfolded > 0) await settled(services, isChange);
  });
}
