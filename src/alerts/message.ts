import type { Language } from '../core/language/language.ts';

/** One event for a machine, as a webhook sends it. `data` is API JSON: snake_case, RFC 3339 instants, seconds. */
export interface MessageEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Fact {
  readonly label: string;
  readonly value: string;
}

export interface Link {
  readonly label: string;
  readonly url: string;
}

/**
 * What one delivery tells, in words already, before a channel gives it its own form. Plain text throughout: each
 * channel escapes for itself. Rendering happens in one place (alerts/render.ts), so that all channels say the same.
 */
export interface Message {
  readonly language: Language;
  readonly tone: 'down' | 'up' | 'warning' | 'info';
  /** One line, at most 200 characters: the mail's subject, the push preview. */
  readonly title: string;
  /** What happened, as a sentence with the numbers a person wants. */
  readonly sentence: string;
  readonly facts: readonly Fact[];
  /** The lines of a digest or of a site's notice, one subject each; else empty. */
  readonly lines: readonly string[];
  /** The end of the job's own output, decoded as UTF-8 with replacement; at most 4,000 characters. */
  readonly outputTail: string | null;
  /**
   * Under a recovery the output would look like that of the run that went well, so it has to be said what it is: of the
   * run that failed, or the last one before the silence or the hang.
   */
  readonly outputOf?: 'failed_run' | 'before';
  readonly links: readonly Link[];
  /** The same for machines, in order; at least one. */
  readonly events: readonly MessageEvent[];
  /** Ties a recovery to its opening (mail references, Telegram replies). Null where nothing belongs together. */
  readonly thread: { readonly key: string; readonly isOpening: boolean } | null;
}
