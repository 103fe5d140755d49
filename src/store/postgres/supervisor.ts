import { sleep } from '../../platform/clock.ts';
import { errorText } from './errors.ts';
import { type OpenRequest, type OpenServer, openServer } from './open.ts';
import { STOP_MODES, type StopMode, type Stopping, stopPostmaster, WATCH_INTERVAL_MS } from './postmaster.ts';

/** The wait before a server that ended unasked is started again: it doubles from the first to the longest. */
export const FIRST_BACKOFF_MS = 200;
export const LONGEST_BACKOFF_MS = 5_000;
/** A server that lived this long was well; the next restart waits the first wait again. */
export const STEADY_AFTER_MS = 30_000;

export function backoffMs(failures: number): number {
  return Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures, 10));
}

export interface Supervisor {
  /** The server of this moment; while it is down, the last one. */
  readonly server: OpenServer;
  /** Stops the server and the watching over it. Called again with a harder mode it becomes harder at once. */
  stop(mode: StopMode): Promise<void>;
}

function harder(a: StopMode, b: StopMode): StopMode {
  return STOP_MODES.indexOf(b) > STOP_MODES.indexOf(a) ? b : a;
}

/** Watches over a server and starts it again for as long as nobody asks it to stop: it never gives up. */
export function supervise(first: OpenServer, request: OpenRequest): Supervisor {
  const { clock, logger } = request;
  const asked = new AbortController();
  let server = first;
  let wanted: StopMode | null = null;
  let stopping: Stopping | null = null;

  /** One try; true when it runs again. An unexpected fault is a failed try as well: the loop goes on. */
  const reopen = async (): Promise<boolean> => {
    try {
      const opened = await openServer(request, asked.signal);
      if (opened.ok) server = opened.value;
      else if (!asked.signal.aborted) logger.error('PostgreSQL did not start again', { ...opened.error });
      return opened.ok;
    } catch (error) {
      logger.error('PostgreSQL did not start again', { error: errorText(error) });
      return false;
    }
  };

  const watch = async () => {
    let failures = 0;
    while (!asked.signal.aborted) {
      const upSince = clock.monotonic();
      await server.postmaster.ended(WATCH_INTERVAL_MS, asked.signal);
      if (asked.signal.aborted) return;
      const { pid } = server.postmaster;
      logger.error('PostgreSQL ended unasked and is started again', { pid, ending: server.postmaster.ending() });
      if (clock.monotonic() - upSince > STEADY_AFTER_MS) failures = 0;
      let running = false;
      while (!running && !asked.signal.aborted) {
        await sleep(clock, backoffMs(failures++), asked.signal);
        if (!asked.signal.aborted) running = await reopen();
      }
      if (running) logger.info('PostgreSQL runs again', { pid: server.postmaster.pid });
    }
  };
  const watching = watch();

  const finish = async () => {
    await watching;
    if (server.postmaster.ending() !== null) return;
    stopping = stopPostmaster(server.postmaster, wanted ?? 'fast', clock, logger);
    await stopping.done;
  };
  let finished: Promise<void> | null = null;

  return {
    get server() {
      return server;
    },
    stop(mode) {
      wanted = wanted === null ? mode : harder(wanted, mode);
      asked.abort();
      stopping?.harden(wanted);
      finished ??= finish();
      return finished;
    },
  };
}
