import { promises as dns } from 'node:dns';
import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';

/**
 * The addresses of a name, at least one, or a rejection with the system's `code` (`ENOTFOUND`, `ETIMEOUT`, …).
 * Should stop working when `signal` aborts; the caller does not wait longer either way.
 */
export type Resolve = (hostname: string, signal: AbortSignal) => Promise<readonly string[]>;

export interface ResolverOptions {
  readonly hostsFile?: string;
  /** Name servers as `address:port`; the system's when not given. */
  readonly servers?: readonly string[];
}

/** How long one name server has for an answer, and how often it is asked. */
const SERVER_TIMEOUT_MS = 2_000;
const SERVER_TRIES = 2;
/** A larger hosts file is not read: parsing it would hold everything else up. */
const MAX_HOSTS_BYTES = 1_000_000;
/** More addresses than anybody needs; a name with hundreds must not cost us hundreds of attempts. */
const MAX_ADDRESSES = 16;

/**
 * Asks the hosts file, then the name servers, and only for names that these do not know the system's own look-up
 * (search domains, mDNS). That one runs in two threads shared by everybody: a few names whose servers never answer
 * would stop all others for many seconds, so it is never the first to be asked.
 */
export function createSystemResolver(options: ResolverOptions = {}): Resolve {
  const readHosts = createHostsReader(options.hostsFile ?? '/etc/hosts');
  return async (hostname, signal) => {
    const name = hostname.toLowerCase().replace(/\.$/, '');
    if (name === 'localhost' || name.endsWith('.localhost')) return ['127.0.0.1', '::1'];
    const fixed = (await readHosts()).get(name);
    if (fixed) return fixed;
    try {
      return await askServers(name, signal, options.servers);
    } catch (error) {
      if (!isUnknownName(error) || signal.aborted) throw error;
      const found = await dns.lookup(name, { all: true });
      return found.slice(0, MAX_ADDRESSES).map((one) => one.address);
    }
  };
}

async function askServers(name: string, signal: AbortSignal, servers?: readonly string[]): Promise<string[]> {
  const resolver = new dns.Resolver({ timeout: SERVER_TIMEOUT_MS, tries: SERVER_TRIES });
  if (servers) resolver.setServers(servers);
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const found = [v4, v6].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (found.length > 0) return found.slice(0, MAX_ADDRESSES);
    throw v4.status === 'rejected' ? v4.reason : Object.assign(new Error('no address'), { code: 'ENODATA' });
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

function isUnknownName(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOTFOUND' || code === 'ENODATA';
}

/** The hosts file as a map, read again when it changed. A missing or unreadable one is empty. */
function createHostsReader(path: string): () => Promise<ReadonlyMap<string, string[]>> {
  let known: ReadonlyMap<string, string[]> = new Map();
  let version = '';
  return async () => {
    const found = await stat(path).catch(() => null);
    const current = found && found.size <= MAX_HOSTS_BYTES ? `${found.mtimeMs}/${found.size}` : '';
    if (current === version) return known;
    known = parseHosts(current === '' ? '' : await readFile(path, 'utf8').catch(() => ''));
    version = current;
    return known;
  };
}

/** Lines of `address name name … # comment`. */
export function parseHosts(text: string): Map<string, string[]> {
  const map = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
    if (!address || isIP(address) === 0) continue;
    for (const name of names.map((one) => one.toLowerCase())) map.set(name, [...(map.get(name) ?? []), address]);
  }
  return map;
}
