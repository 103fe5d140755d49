import { judge } from '../oracle/judge.ts';
import type { ExpectedIncident, Story, Verdict } from '../oracle/story.ts';
import type { IncidentRow } from '../queries.ts';
import type { Finding } from './finding.ts';

/** Where several orders were possible, so many of them are tried. */
const MAX_READINGS = 256;
/** When something was withdrawn is the moment of a commit. */
const COMMIT_TOLERANCE_MS = 1_500;

const iso = (at: number | null) => (at === null ? '–' : new Date(at).toISOString());

function isSame(expected: ExpectedIncident, row: IncidentRow): boolean {
  if (expected.cause !== row.cause_code || expected.openedAt !== row.opened_at) return false;
  if (expected.ending !== row.resolution) return false;
  const tolerance = expected.ending === 'recovered' ? 0 : COMMIT_TOLERANCE_MS;
  return Math.abs((expected.endedAt ?? 0) - (row.resolved_at ?? 0)) <= tolerance;
}

function agrees({ incidents }: Verdict, rows: readonly IncidentRow[]): boolean {
  return (
    incidents.length === rows.length &&
    incidents.every((incident, index) => {
      const row = rows[index];
      return row !== undefined && isSame(incident, row);
    })
  );
}

export interface Compared {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

/** Compares what there is with what must be; where an order was open, with every reading of it. */
export function compareIncidents(monitor: number, story: Story, rows: readonly IncidentRow[]): Compared {
  const first = judge(story);
  if (agrees(first, rows)) return { verdict: first, findings: [] };
  const tried = new Set<string>();
  const waiting: boolean[][] = [[]];
  for (let readings = 0; readings < MAX_READINGS; readings += 1) {
    const choices = waiting.shift();
    if (choices === undefined) break;
    const verdict = judge(story, choices);
    if (agrees(verdict, rows)) return { verdict, findings: [] };
    for (let index = choices.length; index < verdict.undecided; index += 1) {
      const next = [...choices, ...Array.from({ length: index - choices.length }, () => false), true];
      const key = next.join();
      if (!tried.has(key)) waiting.push(next);
      tried.add(key);
    }
  }
  return { verdict: first, findings: differences(monitor, first.incidents, rows) };
}

function differences(monitor: number, expected: readonly ExpectedIncident[], rows: readonly IncidentRow[]): Finding[] {
  const findings: Finding[] = [];
  const left = [...rows];
  for (const incident of expected) {
    const index = left.findIndex((row) => row.cause_code === incident.cause && row.opened_at === incident.openedAt);
    const [row] = index < 0 ? [] : left.splice(index, 1);
    const story = `${incident.cause} at ${iso(incident.openedAt)}, ${incident.ending ?? 'open'} ${iso(incident.endedAt)}`;
    if (row === undefined) findings.push({ kind: 'missed alarm', monitor, text: `there must be: ${story}` });
    else if (!isSame(incident, row)) {
      const text = `must have ended: ${story}; but: ${row.resolution ?? 'open'} ${iso(row.resolved_at)}`;
      findings.push({ kind: 'wrong alarm', monitor, text });
    }
  }
  for (const row of left) {
    const text = `there must not be: ${row.cause_code} at ${iso(row.opened_at)}, ${row.resolution ?? 'open'} ${iso(row.resolved_at)}`;
    findings.push({ kind: 'false alarm', monitor, text });
  }
  return findings;
}
