import { join } from 'node:path';
import type { Clock } from '../../platform/clock.ts';
import { sleep } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Random } from '../../platform/random.ts';
import { clusterFolder, type DatabaseAccount } from './account.ts';
import type { Binaries } from './binaries.ts';
import { errorCode, errorText, type Outcome, refuse, refuseWrite, succeed } from './errors.ts';
import { clearStaleSocket, logFolder, prepareLogFolder, prepareSocketFolder } from './folders.ts';
import { adoptPostmaster, launchPostmaster, type Postmaster, stopPostmaster } from './postmaster.ts';
import {
  isPostmasterFileBroken,
  type PostmasterFile,
  readPostmasterFile,
  removePostmasterFile,
} from './postmaster-file.ts';
import { type Address, createDatabase, type ProbeResult, probe } from './probe.ts';
import { findServer, findServerProcesses, isNumberTaken, signalProcess } from './proc.ts';
import { PORT, serverArguments, writeSettings } from './settings.ts';
import { passingObstacle, readStartReason } from './start-reason.ts';

/** Between two questions whether a starting server is ready. */
export const READY_INTERVAL_MS = 20;
/** A server from before that gives no answer at all for so long is unhealthy. */
export const SILENCE_LIMIT_MS = 10_000;
/** A new one may need longer until it opens its socket, on a machine that is busy starting everything else. */
export const LAUNCH_LIMIT_MS = 60_000;
/** A server whose files are broken answers with errors, ends its processes and begins anew, again and again. */
export const FAILING_LIMIT_MS = 10_000;
/** A server that says it is starting (reading its journal after a crash) or stopping gets this long. */
export const RECOVERY_LIMIT_MS = 10 * 60_000;
/** How often a start is tried again that failed because the earlier server's processes still end. */
export const OPEN_ATTEMPTS = 25;
export const OPEN_RETRY_MS = 200;

export interface OpenRequest {
  readonly dataDir: string;
  readonly binaries: Binaries;
  readonly account: DatabaseAccount;
  readonly parameters: Readonly<Record<string, string>>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/** A server that answers, and where. */
export interface OpenServer {
  readonly postmaster: Postmaster;
  readonly address: Address;
}

const outputFile = (dataDir: string) => join(dataDir, 'postgres-start.log');

/** Waits until the server is ready, has ended, was silent for too long, or `signal` aborts. */
async function waitReady(
  server: OpenServer,
  request: OpenRequest,
  silenceLimitMs: number,
  signal: AbortSignal,
): Promise<ProbeResult | 'ended' | 'aborted'> {
  const { clock, logger } = request;
  let lastSign = clock.monotonic();
  const begun = lastSign;
  let told = begun;
  let failing: { since: number; result: ProbeResult } | null = null;
  for (;;) {
    if (signal.aborted) return 'aborted';
    const result = await probe(server.address);
    if (result.state === 'ready' || result.state === 'no_database') return result;
    if (server.postmaster.ending() !== null) return 'ended';
    const now = clock.monotonic();
    if (result.state === 'failing') failing ??= { since: now, result };
    if (failing !== null && now - failing.since > FAILING_LIMIT_MS) return failing.result;
    if (result.state === 'starting' || result.state === 'stopping') lastSign = now;
    // It was there before postmaster.pid named it: somebody removed it, and it does not come back.
    if (result.state === 'absent' && server.postmaster.adopted) return result;
    if (now - lastSign > silenceLimitMs || now - begun > RECOVERY_LIMIT_MS) return result;
    if (now - told > SILENCE_LIMIT_MS) {
      told = now;
      logger.info('waiting for PostgreSQL', { state: result.state, pid: server.postmaster.pid });
    }
    await sleep(clock, READY_INTERVAL_MS, signal);
  }
}

const isReady = (result: ProbeResult) => result.state === 'ready' || result.state === 'no_database';

/** The last step: our database. A server without it is of no use and is stopped. */
async function finish(server: OpenServer, result: ProbeResult, request: OpenRequest): Promise<Outcome<OpenServer>> {
  try {
    if (result.state === 'no_database') await createDatabase(server.address);
    return succeed(server);
  } catch (error) {
    await stopPostmaster(server.postmaster, 'fast', request.clock, request.logger).done;
    if (errorCode(error) === '53100') return refuse('disk_full', { path: request.dataDir });
    return refuse('start_failed', { reason: errorText(error), log: logFolder(request.dataDir) });
  }
}

/** Reads `postmaster.pid` again until a server that only begins to start has written where its socket is. */
async function readSettledFile(request: OpenRequest, signal: AbortSignal): Promise<PostmasterFile | null> {
  const begun = request.clock.monotonic();
  for (;;) {
    const file = await readPostmasterFile(request.dataDir);
    const alive = file !== null && findServer(file.pid, clusterFolder(request.dataDir)) !== null;
    if (!alive || file.socketFolder !== '') return file;
    if (signal.aborted || request.clock.monotonic() - begun > SILENCE_LIMIT_MS) return file;
    await sleep(request.clock, READY_INTERVAL_MS, signal);
  }
}

/** PostgreSQL does not start beside a file that it cannot read; we know whether any process of the cluster lives. */
async function clearBrokenFile({ dataDir, logger }: OpenRequest): Promise<void> {
  if (findServerProcesses(clusterFolder(dataDir)).length > 0 || !(await isPostmasterFileBroken(dataDir))) return;
  logger.warn('postmaster.pid cannot be read and no PostgreSQL of this folder lives; it is removed');
  await removePostmasterFile(dataDir);
}

/**
 * Takes over the server that `postmaster.pid` names, when it lives, is this cluster's and answers; stops it in order
 * when it lives and does not answer. Null: nothing runs.
 */
async function adopt(request: OpenRequest, signal: AbortSignal): Promise<Outcome<OpenServer | null>> {
  const { dataDir, clock, logger } = request;
  const file = await readSettledFile(request, signal);
  if (file === null) {
    await clearBrokenFile(request);
    return succeed(null);
  }
  const identity = findServer(file.pid, clusterFolder(dataDir));
  if (identity === null) {
    // Dead. PostgreSQL clears such a file away itself, unless the number is another process's by now.
    if (isNumberTaken(file.pid)) {
      logger.warn('postmaster.pid names a process that is no living PostgreSQL; it is removed', { pid: file.pid });
      await removePostmasterFile(dataDir);
    }
    return succeed(null);
  }
  const server = {
    postmaster: adoptPostmaster(identity, clock),
    address: { host: file.socketFolder, port: file.port },
  };
  const result = await waitReady(server, request, SILENCE_LIMIT_MS, signal);
  if (result === 'aborted') return refuse('cancelled');
  if (result === 'ended') return succeed(null);
  if (isReady(result)) return finish(server, result, request);
  logger.warn('a PostgreSQL from before does not answer and is stopped', { pid: identity.pid, state: result.state });
  await stopPostmaster(server.postmaster, 'fast', clock, logger).done;
  if (server.postmaster.ending() !== null) return succeed(null);
  return refuse('foreign_server', { pid: String(identity.pid), path: clusterFolder(dataDir) });
}

async function startServer(request: OpenRequest): Promise<Outcome<OpenServer>> {
  const { dataDir, account, random, clock, binaries } = request;
  try {
    const socket = await prepareSocketFolder(dataDir, account, random);
    if (!socket.ok) return socket;
    await clearStaleSocket(socket.value, clusterFolder(dataDir));
    const log = await prepareLogFolder(dataDir, account, clock.now());
    if (!log.ok) return log;
    await writeSettings(dataDir, binaries.binDir, random);
    const args = serverArguments(dataDir, { socket: socket.value, log: log.value }, request.parameters);
    const postmaster = await launchPostmaster({ binaries, account, args, outputFile: outputFile(dataDir) });
    return succeed({ postmaster, address: { host: socket.value, port: PORT } });
  } catch (error) {
    if (errorText(error).startsWith('spawn ')) {
      return refuse('binaries_unusable', { path: binaries.binDir, reason: errorText(error) });
    }
    return refuseWrite(error, dataDir, account.name);
  }
}

async function explainEnd(request: OpenRequest, postmaster: Postmaster, log: string): Promise<Launched> {
  const ending = postmaster.ending() ?? '';
  const reason = (await readStartReason(request.dataDir, outputFile(request.dataDir), postmaster.pid)) ?? ending;
  const obstacle = passingObstacle(reason);
  if (obstacle !== null) return { obstacle };
  if (/No space left/.test(reason)) return refuse('disk_full', { path: request.dataDir });
  return refuse('start_failed', { reason, log });
}

type Launched = Outcome<OpenServer> | { readonly obstacle: 'server' | 'leftovers' };

async function launch(request: OpenRequest, signal: AbortSignal): Promise<Launched> {
  const started = await startServer(request);
  if (!started.ok) return started;
  const log = `${outputFile(request.dataDir)} and ${logFolder(request.dataDir)}`;
  const { postmaster } = started.value;
  const result = await waitReady(started.value, request, LAUNCH_LIMIT_MS, signal);
  if (result === 'ended') return explainEnd(request, postmaster, log);
  if (result !== 'aborted' && isReady(result)) return finish(started.value, result, request);
  await stopPostmaster(postmaster, 'fast', request.clock, request.logger).done;
  if (result === 'aborted') return refuse('cancelled');
  const reason = 'reason' in result ? result.reason : result.state;
  return refuse('not_ready', { reason, log });
}

/** Ends what a killed server left behind: a process that is in the middle of a long query does not notice by itself. */
function endLeftovers(request: OpenRequest): void {
  for (const left of findServerProcesses(clusterFolder(request.dataDir))) signalProcess(left, 'SIGQUIT');
}

/**
 * A server for the cluster: the one that runs already, or a new one. Resolves when it answers and our database is
 * there. The caller holds the data lock. When `signal` aborts, what was started is stopped again.
 * Errors: `foreign_server`, `socket_folder`, `wrong_owner`, `start_failed`, `not_ready`, `binaries_unusable`,
 * `not_writable`, `disk_full`, `cancelled`.
 */
export async function openServer(request: OpenRequest, signal: AbortSignal): Promise<Outcome<OpenServer>> {
  for (let attempt = 1; ; attempt++) {
    const adopted = await adopt(request, signal);
    if (!adopted.ok) return adopted;
    if (adopted.value !== null) return succeed(adopted.value);
    const launched = await launch(request, signal);
    if (!('obstacle' in launched)) return launched;
    if (attempt >= OPEN_ATTEMPTS) {
      return refuse('start_failed', {
        reason: 'processes of an earlier server do not end',
        log: logFolder(request.dataDir),
      });
    }
    if (launched.obstacle === 'leftovers') endLeftovers(request);
    await sleep(request.clock, OPEN_RETRY_MS, signal);
    if (signal.aborted) return refuse('cancelled');
  }
}
