import { waitUntil } from '../wait.ts';

const OPEN_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;

/** A connection to the inspector of another process on this machine. */
export interface Inspector {
  call<T>(method: string, params?: Readonly<Record<string, unknown>>): Promise<T>;
  close(): void;
}

interface Reply {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** What has to stand in the environment of a process that is to be asked later; until then it costs nothing. */
export function inspectable(port: number): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--inspect-port=127.0.0.1:${port}` };
}

async function findAddress(port: number): Promise<string | null> {
  const response = await fetch(`http://127.0.0.1:${port}/json/list`).catch(() => null);
  if (response === null) return null;
  const targets = (await response.json()) as { webSocketDebuggerUrl: string }[];
  return targets[0]?.webSocketDebuggerUrl ?? null;
}

/** Wakes the inspector of a process that was started with `inspectable(port)`, and connects to it. */
export async function inspect(pid: number, port: number): Promise<Inspector> {
  process.kill(pid, 'SIGUSR1');
  let address: string | null = null;
  const look = async () => {
    address = await findAddress(port);
    return address !== null;
  };
  await waitUntil(look, LOOK_EVERY_MS, OPEN_WITHIN_MS);
  const socket = new WebSocket(address ?? '');
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let last = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error }: Reply = JSON.parse(String(data));
    const asked = waiting.get(id ?? 0);
    waiting.delete(id ?? 0);
    if (error === undefined) asked?.resolve(result);
    else asked?.reject(new Error(error.message));
  });
  socket.addEventListener('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the inspector is gone'));
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', () => reject(new Error('the inspector cannot be reached')), { once: true });
  });
  return {
    call: <T>(method: string, params: Readonly<Record<string, unknown>> = {}) =>
      new Promise<T>((resolve, reject) => {
        last += 1;
        waiting.set(last, { resolve: (value) => resolve(value as T), reject });
        socket.send(JSON.stringify({ id: last, method, params }));
      }),
    close: () => socket.close(),
  };
}
