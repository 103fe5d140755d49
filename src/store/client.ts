import pg from 'pg';
import type { Connection } from './database.ts';
import { GatheringSocket } from './gathering-socket.ts';

/** One connection that knows whether it waits for its server, and can be given up when that is in vain. */
export class Client extends pg.Client {
  readonly #socket: GatheringSocket;
  #asked = 0;
  #answered = 0;
  #serverProcess: number | null = null;

  constructor(config: pg.ClientConfig, connection: Connection) {
    const socket = new GatheringSocket();
    super({ ...config, ...connection, stream: () => socket } as pg.ClientConfig);
    this.#socket = socket;
    // A server that dies may say so once more after the statement has failed, when neither the pool nor we listen:
    // without anybody who hears it that would end the process. Who waits for a statement hears of it there.
    this.on('error', () => undefined);
  }

  /** Sends one statement. */
  async ask<R extends pg.QueryResultRow>(query: string | pg.QueryConfig): Promise<pg.QueryResult<R>> {
    this.#asked += 1;
    try {
      return await this.query<R>(query);
    } finally {
      this.#answered += 1;
    }
  }

  /** How many statements were answered, while another one waits; null when none does. */
  get waitingSince(): number | null {
    return this.#asked > this.#answered ? this.#answered : null;
  }

  /** Asks which process serves this connection: what a pooler in between calls it is not what the server does. */
  async introduce(): Promise<void> {
    const { rows } = await this.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    this.#serverProcess = rows[0]?.pid ?? null;
  }

  /** The process that serves this connection, as the server numbers it; null where nobody asked. */
  get serverProcess(): number | null {
    return this.#serverProcess;
  }

  /** Ends the connection here, without a word to a server that does not hear it: whoever waits is told at once. */
  giveUp(why: string): void {
    this.#socket.destroy(Object.assign(new Error(why), { code: 'ECONNRESET' }));
  }
}
