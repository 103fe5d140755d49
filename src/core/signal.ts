import type { Cause, Gap, Resolution } from './cause.ts';
import type { Instant } from './instant.ts';
import type { MonitorState, Pause, Run, Status } from './monitor.ts';

export const PING_KINDS = ['success', 'start', 'fail', 'log'] as const;
export type PingKind = (typeof PING_KINDS)[number];

/** What a job told us. */
export interface PingSignal {
  readonly kind: PingKind;
  /** When it arrived; with `late`, when the job says it happened. */
  readonly at: Instant;
  readonly runId: string | null;
  readonly exitStatus: number | null;
  /** Reported afterwards (`?at=`): it may correct the past, and never opens an incident from it. */
  readonly late: boolean;
}

/** What a person decided, or what the clock brought. */
export type ControlSignal =
  | { readonly kind: 'created'; readonly armed: boolean }
  /** Judge every deadline up to `upTo`: whatever was accepted before it is committed. */
  | { readonly kind: 'wake'; readonly upTo: Instant }
  | { readonly kind: 'pause'; readonly pause: Pause }
  | { readonly kind: 'resume' }
  | { readonly kind: 'edited'; readonly timingChanged: boolean; readonly maxRunChanged: boolean }
  /** The rules of time zones are not those any more by which the next slot was counted. */
  | { readonly kind: 'zone_rules_changed' }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'restored' }
  | ImportedSignal;

/** What another system knew about the job of a monitor that was taken over from it. */
export interface ImportedSignal {
  readonly kind: 'imported';
  /** The job's last sign of life there, success or fail; null: never heard. */
  readonly lastHeardAt: Instant | null;
  /** The other system saw it as well. */
  readonly wasUp: boolean;
  /** It is expected from now on although it was never heard. */
  readonly armed: boolean;
}

export type Signal = PingSignal | ControlSignal;

export interface StepContext {
  /** The moment of the decision; for a ping its arrival or later, since nobody reports from the future. */
  readonly now: Instant;
  /** A fresh id for a run or an incident. */
  readonly newId: () => string;
  /** Observation gaps that may touch a deadline of this monitor, oldest first. */
  readonly gaps: readonly Gap[];
  /** The run that the signal's run id names, also when it ended long ago; undefined when there is none. */
  readonly namedRun?: Run | undefined;
}

/** What follows from a signal, as data. The caller writes all of it in one transaction with the new state. */
export type Effect =
  | {
      readonly type: 'open_incident';
      readonly id: string;
      readonly cause: Cause;
      readonly openedAt: Instant;
      readonly detectedAt: Instant;
    }
  /** Something more happened while down: evidence, no notice. */
  | { readonly type: 'extend_incident'; readonly id: string; readonly cause: Cause; readonly at: Instant }
  | {
      readonly type: 'close_incident';
      readonly id: string;
      readonly resolution: Resolution;
      readonly resolvedAt: Instant;
      readonly missedSlots: number;
    }
  | { readonly type: 'save_run'; readonly run: Run; readonly isNew: boolean }
  /** A slot that will not be judged, and why. */
  | {
      readonly type: 'note_slot';
      readonly slotAt: Instant;
      readonly note: 'unknown' | 'skipped_running';
      readonly gap: Gap | null;
    }
  | { readonly type: 'change_status'; readonly from: Status; readonly to: Status; readonly at: Instant }
  | { readonly type: 'tell_never_heard' };

/**
 * Why a signal was stored without any meaning for the state. `paused`: nothing is judged now. `repeated`: this end (or
 * start) of this run was heard before. `overtaken`: a start that arrived after its end. `outdated`: reported late and
 * older than the last signal.
 */
export type NotCountedReason = 'paused' | 'repeated' | 'overtaken' | 'outdated';

export interface StepResult {
  readonly state: MonitorState;
  readonly effects: readonly Effect[];
  /** Null: the signal counted. */
  readonly notCounted: NotCountedReason | null;
  /** The signal makes no sense in this state and nothing was changed. */
  readonly refused: 'not_paused' | null;
}
