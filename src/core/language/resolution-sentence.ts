import type { Resolution } from '../cause.ts';
import type { Instant } from '../instant.ts';
import { texts } from './catalogue.ts';
import { formatDuration } from './durations.ts';
import type { Language } from './language.ts';

/** What is known about an incident that is over. */
export interface Ending {
  readonly resolution: Resolution;
  readonly openedAt: Instant;
  readonly resolvedAt: Instant;
  /** Slots that passed unused meanwhile, 0 where that says nothing. */
  readonly missedSlots: number;
}

/** How an incident ended, as a fragment without a full stop: "came back after 41 min, 3 runs missed". */
export function resolutionSentence(ending: Ending, language: Language): string {
  const sentences = texts(language).resolution;
  const parts = {
    duration: formatDuration(ending.resolvedAt - ending.openedAt, language),
    missedRuns: ending.missedSlots,
  };
  return ending.resolution === 'withdrawn' ? sentences.withdrawn() : sentences[ending.resolution](parts);
}
