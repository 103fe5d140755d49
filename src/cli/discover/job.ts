import type { Schedule } from '../../core/schedule/types.ts';

/** How a job is wrapped: one line of a file is replaced, or a drop-in is put beside its unit. */
export type Edit =
  | {
      readonly kind: 'line';
      readonly path: string;
      readonly index: number;
      readonly head: string;
      readonly command: string;
      readonly shell: string;
    }
  | {
      readonly kind: 'drop_in';
      readonly path: string;
      readonly prefix: string;
      readonly command: string;
      /** Of a drop-in that is there already and has to be written anew. */
      readonly slug: string | null;
    };

export type JobState =
  | { readonly is: 'open'; readonly edit: Edit; readonly schedule: Schedule }
  /** `slug` where we can tell it. */
  | { readonly is: 'watched'; readonly slug: string | null }
  | { readonly is: 'left'; readonly reason: string };

/** One scheduled job of a host. Texts that come from files are latin1. */
export interface Job {
  readonly source: 'crontab' | 'anacrontab' | 'timer';
  /** The file that says when it runs, as the host names it, and the line in it, from 1. */
  readonly path: string;
  readonly line: number | null;
  readonly user: string;
  readonly scheduleText: string;
  readonly command: string;
  readonly name: string;
  /** Tells jobs of one name apart, the same in every scan. */
  readonly mark: string;
  /** How late it may start. */
  readonly startGraceSeconds: number;
  readonly notes: readonly string[];
  readonly state: JobState;
}

export const START_GRACE_SECONDS = 300;
