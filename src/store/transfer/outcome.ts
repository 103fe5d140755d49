/**
 * unreadable: not an export, or one of another format. damaged: cut, altered, or not fitting the tables. newer: made by
 * a newer program. no_key, wrong_key: its secrets need
 * another key. unreachable: no server lets us in. unsafe: it would
 * not keep what it acknowledged. not_empty, in_use, busy: the target. aborted: by a signal.
 */
export type TransferErrorCode =
  | 'unreadable'
  | 'damaged'
  | 'newer'
  | 'no_database'
  | 'unreachable'
  | 'unsafe'
  | 'no_key'
  | 'wrong_key'
  | 'not_empty'
  | 'in_use'
  | 'busy'
  | 'aborted';

export interface TransferFailure {
  readonly ok: false;
  readonly code: TransferErrorCode;
  /** One readable line that says what to do. */
  readonly message: string;
}

export type TransferOutcome<T> = { readonly ok: true; readonly value: T } | TransferFailure;

/** How a refusal leaves the middle of a stream; it becomes a value where the work was begun. */
export class TransferRefusal extends Error {
  readonly code: TransferErrorCode;

  constructor(code: TransferErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Runs `work`; a refusal becomes a value, everything else is thrown on. */
export async function asOutcome<T>(work: () => Promise<T>): Promise<TransferOutcome<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof TransferRefusal) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

export const CALLED_OFF = 'it was called off; nothing was changed';

export function refuseIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new TransferRefusal('aborted', CALLED_OFF);
}

/** How far a transfer is; `share` is between 0 and 1, or null where the whole is not known. */
export interface Progress {
  readonly table: string;
  readonly rows: number;
  readonly share: number | null;
}
