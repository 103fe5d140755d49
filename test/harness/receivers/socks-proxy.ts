import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createJournal } from './journal.ts';

export interface SocksProxy {
  readonly url: string;
  /** The `host:port` of every request, in order. */
  readonly targets: readonly string[];
  close(): Promise<void>;
}

const VERSION = 5;
const BY_NAME = 3;
const HOST_UNREACHABLE = 4;

/** A SOCKS5 proxy without sign-in that knows some names; it expects each greeting and request in one piece. */
export async function startSocksProxy(names: Readonly<Record<string, string>>): Promise<SocksProxy> {
  const journal = createJournal<string>('SOCKS request');
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((client) => {
    keep(client).once('data', () => {
      client.write(Buffer.from([VERSION, 0]));
      client.once('data', (request: Buffer) => {
        const length = request.readUInt8(4);
        const name = request.toString('latin1', 5, 5 + length);
        const port = request.readUInt16BE(5 + length);
        journal.add(`${name}:${port}`);
        const address = request.readUInt8(3) === BY_NAME ? names[name] : undefined;
        if (address === undefined) return void client.end(reply(HOST_UNREACHABLE));
        const upstream = keep(connect(port, address));
        upstream.once('connect', () => {
          client.write(reply(0));
          upstream.pipe(client).pipe(upstream);
        });
        upstream.on('close', () => client.destroy());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `socks5://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets: journal.entries,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function reply(status: number): Buffer {
  return Buffer.from([VERSION, status, 0, 1, 0, 0, 0, 0, 0, 0]);
}
