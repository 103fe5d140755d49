import type { Host } from './host.ts';
import type { Edit, Job } from './job.ts';
import { slugsFor } from './names.ts';
import { dropInText } from './timer.ts';
import { MAX_COMMAND_BYTES, wrapCommand } from './wrap.ts';

/** A job with the slug of its monitor: the one it has, or the one it is going to have. Null where it gets none. */
export interface Proposal {
  readonly job: Job;
  readonly slug: string | null;
}

const keptSlug = ({ state }: Job): string | null => {
  if (state.is === 'watched') return state.slug;
  return state.is === 'open' && state.edit.kind === 'drop_in' ? state.edit.slug : null;
};

const isNew = (job: Job) => job.state.is === 'open' && keptSlug(job) === null;

/** Gives each job that is to be watched its slug. */
export function propose(jobs: readonly Job[], host: Host): Proposal[] {
  const taken = new Set(jobs.map(keptSlug).filter((slug) => slug !== null));
  const slugs = slugsFor(host.name, jobs.filter(isNew), taken);
  return jobs.map((job) => ({ job, slug: isNew(job) ? (slugs.shift() ?? null) : keptSlug(job) }));
}

/** The same without the jobs that cannot be wrapped with these words. */
export function refuseLongLines(proposals: readonly Proposal[], words: string): Proposal[] {
  return proposals.map((proposal) => {
    const { job, slug } = proposal;
    if (job.state.is !== 'open' || slug === null || job.state.edit.kind !== 'line') return proposal;
    const { command, shell } = job.state.edit;
    const isTooLong = wrapCommand(command, { wrapper: words, slug, shell }).length > MAX_COMMAND_BYTES;
    const reason = `with the wrapper in front it is longer than the ${MAX_COMMAND_BYTES} bytes that cron takes`;
    return isTooLong ? leave(proposal, reason) : proposal;
  });
}

export function leave({ job }: Proposal, reason: string): Proposal {
  return { job: { ...job, state: { is: 'left', reason } }, slug: null };
}

/** One file as it is going to be. Texts are latin1. */
export interface FileChange {
  readonly path: string;
  /** Null: the file is new. */
  readonly before: string | null;
  readonly after: string;
  /** Of a file that was there: the lines that change. */
  readonly lines: readonly LineChange[];
}

export interface LineChange {
  /** From 1. */
  readonly number: number;
  readonly before: string;
  readonly after: string;
}

type LineEdit = Extract<Edit, { kind: 'line' }>;

/** The changes of files that wrap all open jobs. `read` gives the text of a file, null where there is none. */
export function changesFor(
  proposals: readonly Proposal[],
  words: string,
  read: (path: string) => string | null,
): FileChange[] {
  const edits = new Map<string, { readonly edit: LineEdit; readonly slug: string }[]>();
  const created: FileChange[] = [];
  for (const { job, slug } of proposals) {
    if (job.state.is !== 'open' || slug === null) continue;
    const { edit } = job.state;
    if (edit.kind === 'line') edits.set(edit.path, [...(edits.get(edit.path) ?? []), { edit, slug }]);
    else created.push(wholeFile(edit.path, read(edit.path), dropInText(edit, `${words} ${slug}`)));
  }
  const changed = [...edits].map(([path, ofFile]) => {
    const before = read(path) ?? '';
    const lines = before.split('\n');
    const changes = ofFile.map(({ edit: { index, head, command, shell }, slug }) => {
      const after = head + wrapCommand(command, { wrapper: words, slug, shell });
      const change = { number: index + 1, before: lines[index] ?? '', after };
      lines[index] = after;
      return change;
    });
    return { path, before, after: lines.join('\n'), lines: changes };
  });
  return [...changed, ...created];
}

/** A file that is written as a whole. */
export function wholeFile(path: string, before: string | null, after: string): FileChange {
  return { path, before, after, lines: [] };
}
