import { readFileSync } from 'node:fs';
import { IMPORT_SOURCES, type ImportSource } from '../../core/origin.ts';
import { type Clock, systemClock } from '../../platform/clock.ts';
import type { CommandContext } from '../command.ts';
import { CommandError, EXIT } from '../output.ts';
import { createProgress } from '../progress.ts';
import { openCronflow } from './cronflow.ts';
import { openGocron } from './gocron.ts';
import { openHealthchecks } from './healthchecks.ts';
import type { ForeignPage, ForeignSource } from './job.ts';
import { countOf, lineOf, type Report, type ReportLine, reportText, unreadableLine } from './report.ts';
import { batchesOf, send } from './send.ts';
import { createSourceGet, readBase } from './source-http.ts';

/** Keys of other systems are never longer. */
const MAX_KEY_CHARACTERS = 200;

export interface ImportFromRequest {
  readonly from: string;
  /** The address, or the connection string. */
  readonly address: string;
  /** Healthchecks: its key, or the file that holds it. */
  readonly key: string | undefined;
  readonly keyFile: string | undefined;
  /** Cronflow: where its server reads schedules. */
  readonly timezone: string | undefined;
  readonly check: boolean;
  readonly progress: boolean;
  readonly json: boolean;
}

export interface ImportFromDeps {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly answerWithinMs?: number;
}

function readSource(from: string): ImportSource {
  const source = IMPORT_SOURCES.find((name) => name === from);
  if (source !== undefined) return source;
  throw new CommandError(`--from takes ${IMPORT_SOURCES.join(', ')}; "${from}" is none of these`, EXIT.misused);
}

function readKey({ key, keyFile }: ImportFromRequest, env: ImportFromDeps['env']): string {
  const given = (() => {
    if (key !== undefined && keyFile !== undefined) {
      throw new CommandError('--key and --key-file exclude each other', EXIT.misused);
    }
    if (keyFile === undefined) return key ?? env.HEALTHCHECKS_API_KEY;
    try {
      return readFileSync(keyFile, 'utf8');
    } catch (error) {
      throw new CommandError(error instanceof Error ? error.message : String(error), EXIT.misused);
    }
  })()?.trim();
  if (given === undefined || given === '') {
    const ways = 'in HEALTHCHECKS_API_KEY, or in a file with --key-file PATH';
    throw new CommandError(`Healthchecks wants its read-write API key: ${ways}`, EXIT.misused);
  }
  if (given.length > MAX_KEY_CHARACTERS || /[^\x21-\x7e]/.test(given)) {
    throw new CommandError('this is no API key of Healthchecks', EXIT.misused);
  }
  return given;
}

function openSource(
  source: ImportSource,
  request: ImportFromRequest,
  deps: ImportFromDeps,
  onWait: (why: string, waitMs: number) => void,
  signal: AbortSignal,
): ForeignSource {
  const http = { ...deps, onWait, signal };
  switch (source) {
    case 'gocron':
      return openGocron(request.address);
    case 'cronflow': {
      const base = readBase(request.address, 'Cronflow');
      return openCronflow(base, request.timezone, createSourceGet(base, 'Cronflow', http));
    }
    case 'healthchecks': {
      const key = readKey(request, deps.env);
      const base = readBase(request.address, 'Healthchecks');
      return openHealthchecks(base, key, (root) => createSourceGet(root, 'Healthchecks', http));
    }
  }
}

function refuseMisplaced(source: ImportSource, request: ImportFromRequest): void {
  if (source !== 'healthchecks' && (request.key ?? request.keyFile) !== undefined) {
    throw new CommandError('--key and --key-file go with --from healthchecks only', EXIT.misused);
  }
  if (source !== 'cronflow' && request.timezone !== undefined) {
    throw new CommandError('--tz goes with --from cronflow only', EXIT.misused);
  }
}

/** Takes over the jobs of another system through the API of the running server; answers the exit code. */
export async function importFrom(
  request: ImportFromRequest,
  context: CommandContext,
  deps: ImportFromDeps = { clock: systemClock, env: process.env },
): Promise<number> {
  const source = readSource(request.from);
  refuseMisplaced(source, request);
  const called = new AbortController();
  const callOff = () => called.abort();
  process.once('SIGINT', callOff).once('SIGTERM', callOff);
  const view = createProgress({
    clock: deps.clock,
    isTerminal: process.stderr.isTTY === true,
    write: (text) => process.stderr.write(text),
    unit: 'monitors',
  });
  const isShown = request.progress || process.stderr.isTTY === true;
  const onWait = (why: string, waitMs: number) => {
    view.end();
    context.output.note(`allswell: ${why}; waiting ${Math.ceil(waitMs / 1_000)} s`);
  };
  try {
    const foreign = openSource(source, request, deps, onWait, called.signal);
    const jobs = await takeAll(foreign, source, request.check, context, called.signal, (done, total) => {
      if (isShown) view.update({ table: source, rows: done, share: total === null ? null : done / Math.max(total, 1) });
    });
    view.end();
    const remarks = await foreign.remarks();
    const report: Report = { from: foreign.description, check: request.check, counts: countOf(jobs), jobs, remarks };
    context.output.line(request.json ? JSON.stringify(report, null, 2) : reportText(report));
    return report.counts.refused > 0 ? EXIT.failed : EXIT.ok;
  } finally {
    view.end();
    process.off('SIGINT', callOff).off('SIGTERM', callOff);
  }
}

async function takeAll(
  foreign: ForeignSource,
  source: ImportSource,
  check: boolean,
  { client }: CommandContext,
  signal: AbortSignal,
  tell: (done: number, total: number | null) => void,
): Promise<ReportLine[]> {
  const lines: ReportLine[] = [];
  for await (const page of foreign.pages()) {
    lines.push(...page.unreadable.map(unreadableLine));
    for (const batch of batchesOf(page.jobs)) {
      // What was handed over is here and stays; the next import goes on from it.
      if (signal.aborted) throw new CommandError(`called off after ${lines.length} jobs; import again to go on`);
      const taken = await send(client, { source, check }, batch);
      lines.push(...pair(batch, taken));
      tell(lines.length, page.total);
    }
  }
  return lines;
}

function pair(batch: ForeignPage['jobs'], taken: Awaited<ReturnType<typeof send>>): ReportLine[] {
  return batch.flatMap((job, index) => {
    const one = taken[index];
    return one === undefined ? [] : [lineOf(job, one)];
  });
}
