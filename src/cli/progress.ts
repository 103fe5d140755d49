import type { Clock } from '../platform/clock.ts';

/** How often a terminal's line is written anew, and how often a further line comes elsewhere. */
export const TERMINAL_EVERY_MS = 200;
export const LINE_EVERY_MS = 5_000;

export interface ProgressState {
  readonly table: string;
  readonly rows: number;
  /** Between 0 and 1; null where the whole is not known. */
  readonly share: number | null;
}

export interface ProgressView {
  update(state: ProgressState): void;
  /** Takes the line away, so that what follows begins at the left. */
  end(): void;
}

export interface ProgressOptions {
  readonly clock: Clock;
  readonly write: (text: string) => void;
  /** One line that is written over itself; otherwise a line now and then. */
  readonly isTerminal: boolean;
  /** What is counted; `rows` unless said. */
  readonly unit?: string;
}

const number = (value: number) => Math.round(value).toLocaleString('en-US');

/** `42 %  signal  1,234,567 rows  23,456 rows/s` */
export function describeProgress({ table, rows, share }: ProgressState, elapsedMs: number, unit = 'rows'): string {
  const percent = share === null ? [] : [`${Math.floor(share * 100)} %`];
  const rate = elapsedMs < 1 ? [] : [`${number((rows * 1_000) / elapsedMs)} ${unit}/s`];
  return [...percent, table, `${number(rows)} ${unit}`, ...rate].join('  ');
}

export function createProgress({ clock, write, isTerminal, unit }: ProgressOptions): ProgressView {
  const begun = clock.monotonic();
  const everyMs = isTerminal ? TERMINAL_EVERY_MS : LINE_EVERY_MS;
  let told = Number.NEGATIVE_INFINITY;
  return {
    update(state) {
      const now = clock.monotonic();
      if (now - told < everyMs) return;
      told = now;
      const text = describeProgress(state, now - begun, unit);
      write(isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
    },
    end() {
      if (isTerminal && told !== Number.NEGATIVE_INFINITY) write('\r\u001b[K');
    },
  };
}
