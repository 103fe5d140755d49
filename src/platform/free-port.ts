import { createServer } from 'node:net';

const NO_IPV6: ReadonlySet<unknown> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

/** `::` is every address, IPv4 too; where the machine has no IPv6 at all, what it means is 0.0.0.0. */
export async function usableHost(host: string): Promise<string> {
  if (host !== '::') return host;
  try {
    await findFreePort(host);
    return host;
  } catch (error) {
    const hasNone = error instanceof Error && 'code' in error && NO_IPV6.has(error.code);
    if (!hasNone) throw error;
    return '0.0.0.0';
  }
}

/** A port that is free on `host` now. For PORT=0, where our own address has to be known before we listen. */
export function findFreePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
