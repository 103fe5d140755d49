import { table } from '../output.ts';
import type { ForeignJob, UnreadableJob } from './job.ts';
import type { Outcome, Taken } from './send.ts';

/** Lines of one list in the report for people; `--json` has all of them. */
const MAX_LINES = 200;

export interface ReportLine {
  readonly name: string;
  readonly external_key: string | null;
  readonly outcome: Outcome;
  readonly id: string | null;
  readonly changed: readonly string[];
  readonly kept: readonly string[];
  readonly notes: readonly string[];
  /** What of it could not be carried over. */
  readonly lost: readonly string[];
  readonly errors: readonly string[];
}

export interface Report {
  readonly from: string;
  /** Nothing was changed. */
  readonly check: boolean;
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly jobs: readonly ReportLine[];
  readonly remarks: readonly string[];
}

export function lineOf(job: ForeignJob, taken: Taken): ReportLine {
  const { external_key, outcome, id, changed, kept, notes } = taken;
  const errors = taken.errors.map(({ field, message }) => (field === '' ? message : `${field} ${message}`));
  return { name: job.monitor.name, external_key, outcome, id, changed, kept, notes, lost: job.lost, errors };
}

export function unreadableLine({ name, reason }: UnreadableJob): ReportLine {
  const nothing = { external_key: null, id: null, changed: [], kept: [], notes: [], lost: [] };
  return { ...nothing, name, outcome: 'refused', errors: [`cannot be read: ${reason}`] };
}

export function countOf(jobs: readonly ReportLine[]): Record<Outcome, number> {
  const counts = { created: 0, updated: 0, unchanged: 0, kept: 0, deleted: 0, refused: 0 };
  for (const { outcome } of jobs) counts[outcome] += 1;
  return counts;
}

const NOTES: Readonly<Record<string, string>> = {
  slug_taken: 'its slug belongs to another monitor',
  counts_from_now: 'it was overdue; silence counts from now',
  was_here: 'was here already, made by its own check-ins',
  kind_kept: 'it would be of another kind now; delete it here and import again for that',
};

const WORDS: Readonly<Record<Outcome, string>> = {
  created: 'new here',
  updated: 'changed here, as there',
  unchanged: 'unchanged',
  kept: 'changed there, kept as a person made it here',
  deleted: 'deleted here, stays so',
  refused: 'refused',
};

function detailsOf({ outcome, changed, kept, notes, errors }: ReportLine): string[] {
  return [
    ...(outcome === 'updated' ? [`changed: ${changed.join(', ')}`] : []),
    ...(kept.length > 0 ? [`kept as changed here: ${kept.join(', ')}`] : []),
    ...notes.map((note) => NOTES[note] ?? note),
    ...errors,
  ];
}

function listed(title: string, rows: readonly (readonly [string, string])[]): string[] {
  if (rows.length === 0) return [];
  const lines = rows.slice(0, MAX_LINES).map(([name, what]) => `  ${name}: ${what}`);
  const more = rows.length > MAX_LINES ? [`  … and ${rows.length - MAX_LINES} more (--json has all)`] : [];
  return ['', title, ...lines, ...more];
}

/** The report for people: what became of how many, what is worth a look, what could not be carried over. */
export function reportText({ from, check, counts, jobs, remarks }: Report): string {
  const rows = (Object.keys(WORDS) as Outcome[])
    .filter((outcome) => counts[outcome] > 0)
    .map((outcome) => [String(counts[outcome]), WORDS[outcome]]);
  const head = `${jobs.length} jobs from ${from}${check ? '; this was a check, nothing was changed' : ''}`;
  const details = jobs.flatMap((job): [string, string][] => {
    const what = job.outcome === 'refused' ? [] : detailsOf(job);
    return what.length === 0 ? [] : [[job.name, what.join('; ')]];
  });
  const refused = jobs.filter((job) => job.outcome === 'refused');
  // What is lost is told with the first import; later nobody has to read it again.
  const lost = jobs.filter((job) => job.lost.length > 0 && job.outcome === 'created');
  return [
    head,
    ...(rows.length === 0 ? [] : [table(['jobs', 'outcome'], rows)]),
    ...listed(
      'Refused:',
      refused.map((job) => [job.name, job.errors.join('; ')]),
    ),
    ...listed('To know:', details),
    ...listed(
      'Not carried over:',
      lost.map((job) => [job.name, job.lost.join(', ')]),
    ),
    ...(remarks.length === 0 || jobs.length === 0 ? [] : ['', ...remarks]),
  ].join('\n');
}
