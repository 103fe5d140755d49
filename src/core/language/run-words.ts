import { texts } from './catalogue.ts';
import { formatDuration } from './durations.ts';
import type { Language } from './language.ts';

/** What a run's words need to know of it; a core Run has all of it. */
export interface RunFacts {
  readonly state: 'open' | 'succeeded' | 'failed' | 'timed_out' | 'abandoned' | 'unknown';
  /** So far, for an open one. Null when its beginning was never heard. */
  readonly durationMs: number | null;
  readonly exitStatus: number | null;
  readonly finishedLate: boolean;
}

/** What became of a run: "succeeded, 31 min", "finished late, 2 h 10 min", "failed, exit status 3, 41 s". */
export function runWords(run: RunFacts, language: Language): string {
  const words = texts(language).run;
  const duration = run.durationMs === null ? null : formatDuration(run.durationMs, language);
  switch (run.state) {
    case 'open':
      return words.open({ duration, exitStatus: null });
    case 'succeeded':
      return (run.finishedLate ? words.finishedLate : words.succeeded)({ duration, exitStatus: null });
    case 'failed':
      return words.failed({ duration, exitStatus: run.exitStatus });
    case 'timed_out':
      return words.timedOut({ duration, exitStatus: null });
    case 'abandoned':
      return words.abandoned();
    case 'unknown':
      return words.unknown();
  }
}

/** Why a slot has no run of its own. */
export function slotNoteWords(note: 'skipped_running' | 'unknown', language: Language): string {
  const words = texts(language).run;
  return note === 'skipped_running' ? words.slotSkipped() : words.slotUnknown();
}
