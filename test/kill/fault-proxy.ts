import { connect, createServer, type Socket } from 'node:net';
import { type Commit, createCommitCounter } from './commit-counter.ts';
import { createWireReader } from './wire-reader.ts';

/** Where at a commit something happens, between a node and its database. */
export const COMMIT_SIDES = ['before_it_is_asked_for', 'before_it_is_known', 'after_it_is_known'] as const;
export type CommitSide = (typeof COMMIT_SIDES)[number];

export interface CommitTrap {
  /** From now on, counted from 1. */
  readonly nth: number;
  readonly side: CommitSide;
  /** Counts only commits that have a statement of this name; all when not given. */
  readonly statement?: string;
  /** Called once, at that commit; what comes after it is held back until the connections are cut. */
  readonly spring: (commit: Commit) => void;
}

/** Stands between one node and PostgreSQL, understands what it forwards, and breaks it as told. */
export interface FaultProxy {
  readonly port: number;
  /** Commits of something written that were acknowledged to the node so far. */
  readonly commits: number;
  setTrap(trap: CommitTrap | null): void;
  /** Ends every connection at once, as a dying network does that still can. */
  cut(): void;
  /** Nothing passes any more, and nobody is told; what is sent is kept and passes when the stall ends. */
  stall(isStalled: boolean): void;
  /** The connections of now are dead without a word, for ever; new ones work. */
  blackhole(): void;
  /** New connections are refused. */
  refuse(isRefused: boolean): void;
  close(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  isDead: boolean;
  /** What waits for the end of a stall, in its order. */
  held: (() => void)[];
}

const HOST = '127.0.0.1';

/** `target` is asked anew for each connection: PostgreSQL may have moved to another socket. */
export async function startFaultProxy(target: () => { readonly path: string }): Promise<FaultProxy> {
  const links = new Set<Link>();
  let commits = 0;
  let trap: { counted: number; readonly set: CommitTrap } | null = null;
  let isStalled = false;
  let isRefused = false;

  const drop = (link: Link) => {
    links.delete(link);
    link.client.destroy();
    link.server.destroy();
  };

  /** True where the trap springs at this commit, and nothing may pass any more. */
  const springs = (link: Link, commit: Commit, sides: readonly CommitSide[]): CommitSide | null => {
    if (link.isDead || trap === null || !sides.includes(trap.set.side)) return null;
    if (trap.set.statement !== undefined && !commit.statements.includes(trap.set.statement)) return null;
    trap.counted += 1;
    if (trap.counted < trap.set.nth) return null;
    const { spring, side } = trap.set;
    trap = null;
    link.isDead = true;
    spring(commit);
    return side;
  };

  const forward = (link: Link, to: Socket, bytes: Buffer) => {
    if (link.isDead) return;
    if (isStalled || link.held.length > 0) link.held.push(() => void to.write(bytes));
    else to.write(bytes);
  };

  const couple = (client: Socket) => {
    if (isRefused) return void client.destroy();
    const server = connect(target());
    const link: Link = { client, server, isDead: false, held: [] };
    links.add(link);
    const counter = createCommitCounter();
    const readClient = createWireReader(true);
    const readServer = createWireReader(false);
    client.on('data', (chunk: Buffer) => {
      // What came together goes on together.
      server.cork();
      for (const message of readClient(chunk)) {
        const commit = counter.fromClient(message);
        if (commit === null || springs(link, commit, ['before_it_is_asked_for']) === null)
          forward(link, server, message.bytes);
      }
      server.uncork();
    });
    server.on('data', (chunk: Buffer) => {
      let passed = 0;
      const pass = (until: number) => {
        if (until > passed) forward(link, client, chunkOf(messages, passed, until));
        passed = until;
      };
      const messages = readServer(chunk);
      /** The acknowledgement of a commit begins with the first message after the last answer. */
      let unitFrom = 0;
      for (const [index, message] of messages.entries()) {
        const commit = counter.fromServer(message);
        if (commit !== null) {
          commits += 1;
          if (trap?.set.side === 'after_it_is_known') pass(index + 1);
          else pass(unitFrom);
          if (springs(link, commit, ['before_it_is_known', 'after_it_is_known']) !== null) return;
          if (link.isDead) return;
        }
        if (message.type === 'Z') unitFrom = index + 1;
      }
      pass(messages.length);
    });
    const onEnd = () => {
      if (!link.isDead) drop(link);
    };
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', onEnd).on('close', onEnd);
  };

  const listener = createServer(couple);
  await new Promise<void>((resolve) => listener.listen(0, HOST, resolve));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const cut = () => {
    for (const link of links) drop(link);
  };
  return {
    port: address.port,
    get commits() {
      return commits;
    },
    setTrap(set) {
      trap = set === null ? null : { counted: 0, set };
    },
    cut,
    stall(stalled) {
      isStalled = stalled;
      if (stalled) return;
      for (const link of links) for (const pass of link.held.splice(0)) if (!link.isDead) pass();
    },
    blackhole() {
      for (const link of links) if (link.isDead) drop(link);
      for (const link of links) link.isDead = true;
    },
    refuse(refused) {
      isRefused = refused;
    },
    async close() {
      cut();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

function chunkOf(messages: readonly { readonly bytes: Buffer }[], from: number, until: number): Buffer {
  const wanted = messages.slice(from, until).map(({ bytes }) => bytes);
  return wanted.length === 1 ? (wanted[0] ?? Buffer.alloc(0)) : Buffer.concat(wanted);
}
