import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createJournal } from './journal.ts';

export interface ConnectProxy {
  readonly url: string;
  /** The `host:port` of every CONNECT, in order. */
  readonly targets: readonly string[];
  waitForTarget(): Promise<string>;
  close(): Promise<void>;
}

/** An HTTP proxy that opens tunnels to the names it knows and refuses all others; a mute one never answers. */
export async function startConnectProxy(
  names: Readonly<Record<string, string>>,
  options: { readonly isMute?: boolean } = {},
): Promise<ConnectProxy> {
  const journal = createJournal<string>('CONNECT');
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    // A reset from either end is part of the game here; closing follows by itself.
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connection', keep);
  server.on('connect', (request, client: Socket) => {
    const target = request.url ?? '';
    journal.add(target);
    if (options.isMute) return;
    const { hostname, port } = new URL(`http://${target}`);
    const address = names[hostname];
    if (!address) return void client.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
    const upstream = keep(
      connect(Number(port), address, () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(client).pipe(upstream);
      }),
    );
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets: journal.entries,
    waitForTarget: () => journal.waitFor(),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
