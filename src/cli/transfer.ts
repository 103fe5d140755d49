import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { findSecretKey, loadSecretKey } from '../accounts/first-start.ts';
import type { Config } from '../config.ts';
import { systemClock } from '../platform/clock.ts';
import { createLogger } from '../platform/logger.ts';
import { systemRandom } from '../platform/random.ts';
import { createSealer, type Sealer } from '../store/seal.ts';
import { type ExportSummary, exportDatabase } from '../store/transfer/export.ts';
import { type ImportSummary, importDatabase } from '../store/transfer/import.ts';
import {
  asOutcome,
  CALLED_OFF,
  type Progress,
  type TransferErrorCode,
  type TransferOutcome,
} from '../store/transfer/outcome.ts';
import { type Reached, type ReachOptions, reachSource, reachTarget } from '../store/transfer/reach.ts';
import { type CheckedFile, checkExport } from '../store/transfer/read-file.ts';
import { type Keys, refuseOtherKey } from '../store/transfer/secrets.ts';
import { dataFolder } from './data-folder.ts';
import { isReadableTwice, openTarget, readSource } from './export-file.ts';
import { CommandError, EXIT } from './output.ts';
import { createProgress } from './progress.ts';

const EXIT_CODES: Partial<Readonly<Record<TransferErrorCode, number>>> = {
  unreachable: EXIT.unreachable,
  no_key: EXIT.forbidden,
  wrong_key: EXIT.forbidden,
};

const MIN_KEY_LENGTH = 16;

/** The value, or the refusal as the command's end. */
function required<T>(outcome: TransferOutcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new CommandError(outcome.message, EXIT_CODES[outcome.code] ?? EXIT.failed);
}

/** Errors of files have the file's name in them; a stack would not help. */
async function readably<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw new CommandError(CALLED_OFF);
    if (error instanceof Error && 'code' in error && 'syscall' in error) {
      if (error.code === 'EPIPE') throw new CommandError('whoever was reading has gone away');
      throw new CommandError(error.message);
    }
    throw error;
  }
}

/** Aborts at the first SIGINT or SIGTERM; a second one ends the process as ever. */
async function withAbort<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const aborted = new AbortController();
  const abort = () => aborted.abort();
  process.once('SIGINT', abort).once('SIGTERM', abort);
  try {
    return await work(aborted.signal);
  } finally {
    process.off('SIGINT', abort).off('SIGTERM', abort);
  }
}

interface Place {
  readonly dataDir: string;
  readonly reach: ReachOptions;
}

async function findPlace(config: Config, signal: AbortSignal): Promise<Place> {
  const folder = await dataFolder(config);
  if (!folder.ok) throw new CommandError(folder.error.message);
  const { dataDir } = folder.value;
  const logger = createLogger({
    level: config.logLevel === 'debug' ? 'debug' : 'warn',
    format: config.logFormat,
    clock: systemClock,
    write: (line) => process.stderr.write(`${line}\n`),
  });
  const { databaseUrl, pgBin } = config;
  return { dataDir, reach: { databaseUrl, pgBin, dataDir, logger, clock: systemClock, random: systemRandom, signal } };
}

async function using<T>(reached: Reached, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await reached.close();
  }
}

/** Shows progress on a terminal, or where it is asked for; answers what tells it. */
async function showing<T>(wanted: boolean, work: (tell: (progress: Progress) => void) => Promise<T>): Promise<T> {
  const isTerminal = process.stderr.isTTY === true;
  if (!wanted && !isTerminal) return work(() => undefined);
  const view = createProgress({ clock: systemClock, isTerminal, write: (text) => process.stderr.write(text) });
  try {
    return await work((progress) => view.update(progress));
  } finally {
    view.end();
  }
}

const sealerOf = (secret: string | null): Sealer | null =>
  secret === null ? null : createSealer(secret, systemRandom);

export interface ExportRequest {
  readonly path: string;
  readonly history: boolean;
  readonly progress: boolean;
}

export interface Timed {
  readonly seconds: number;
  /** What was read from, or written to, in words. */
  readonly database: string;
}

const secondsSince = (begun: number) => Math.round(systemClock.monotonic() - begun) / 1_000;

function productVersion(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}

/** Writes the install's database into a file; throws a CommandError in readable words. */
export function exportToFile(config: Config, request: ExportRequest): Promise<ExportSummary & Timed> {
  const begun = systemClock.monotonic();
  return readably(() =>
    withAbort(async (signal) => {
      const place = await findPlace(config, signal);
      const sealer = sealerOf(await findSecretKey(place.dataDir, config.secretKey));
      const reached = required(await reachSource(place.reach));
      return using(reached, async () => {
        const target = await openTarget(request.path, { random: systemRandom, output: process.stdout, signal });
        try {
          const summary = await showing(request.progress, (onProgress) =>
            exportDatabase({
              connection: reached.connection,
              history: request.history,
              sealer,
              product: productVersion(),
              clock: systemClock,
              write: target.write,
              onProgress,
              signal,
            }),
          );
          const value = required(summary);
          await target.keep();
          return { ...value, seconds: secondsSince(begun), database: reached.description };
        } finally {
          await target.drop();
        }
      });
    }),
  );
}

export interface ImportRequest {
  readonly path: string;
  readonly replace: boolean;
  readonly oldSecretKeyFile: string | null;
  readonly progress: boolean;
}

async function readOldKey(path: string | null): Promise<Sealer | null> {
  if (path === null) return null;
  const secret = (await readFile(path, 'utf8')).trim();
  if (secret.length < MIN_KEY_LENGTH) throw new CommandError(`${path} holds no secret key`, EXIT.misused);
  return createSealer(secret, systemRandom);
}

/** Reads a whole file and says what is in it; throws a CommandError when it is not whole. */
export function checkFile(path: string): Promise<CheckedFile> {
  return readably(() => withAbort((signal) => checkWhole(path, signal)));
}

async function checkWhole(path: string, signal: AbortSignal): Promise<CheckedFile> {
  return required(await asOutcome(() => checkExport(readSource(path, process.stdin, signal))));
}

/**
 * What can be known before anything is touched: that the file is whole, and that its key is here. Answers how many rows
 * are to come; null for a stream, which can be read only once.
 */
async function lookAhead(path: string, keys: Keys, signal: AbortSignal): Promise<number | null> {
  if (!(await isReadableTwice(path))) return null;
  const { header, rows } = await checkWhole(path, signal);
  required(await asOutcome(async () => refuseOtherKey(keys, header.secret_key)));
  return Object.values(rows).reduce((sum, count) => sum + count, 0);
}

/** Puts a file into the install's database; throws a CommandError in readable words. */
export function importFromFile(config: Config, request: ImportRequest): Promise<ImportSummary & Timed> {
  const begun = systemClock.monotonic();
  return readably(() =>
    withAbort(async (signal) => {
      const place = await findPlace(config, signal);
      const old = await readOldKey(request.oldSecretKeyFile);
      const known = sealerOf(await findSecretKey(place.dataDir, config.secretKey));
      const total = await lookAhead(request.path, { current: known, old }, signal);
      const reached = required(await reachTarget(place.reach));
      return using(reached, async () => {
        // Only with the old key at hand can a new one be of use.
        const makeKey = async () => sealerOf(await loadSecretKey(place.dataDir, null, systemRandom));
        const current = known ?? (old === null ? null : await makeKey());
        const summary = await showing(request.progress, (tell) =>
          importDatabase({
            connection: reached.connection,
            input: readSource(request.path, process.stdin, signal),
            keys: { current, old },
            replace: request.replace,
            clock: systemClock,
            onProgress: (progress) =>
              tell({ ...progress, share: total === null ? null : progress.rows / Math.max(total, 1) }),
            signal,
          }),
        );
        return { ...required(summary), seconds: secondsSince(begun), database: reached.description };
      });
    }),
  );
}
