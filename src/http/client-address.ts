import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

/** Whose request this is. */
export type ClientAddress = (request: IncomingMessage) => string;

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

function parseRange(text: string): Range {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** An address in its plain form, IPv4 in IPv6 unwrapped; null when it is none (also with a port, as some proxies add). */
function readAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const trimmed = text.trim();
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed)?.[1];
  const withoutPort = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(trimmed)?.[1];
  const candidate = bracketed ?? withoutPort ?? trimmed;
  return ipaddr.isValid(candidate) ? ipaddr.process(candidate) : null;
}

function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, ranges: readonly Range[]): boolean {
  return ranges.some(([range, bits]) => address.kind() === range.kind() && address.match(range as never, bits));
}

/**
 * The peer of the connection, or, where that is a trusted proxy, the last address in X-Forwarded-For that is none. A
 * header that makes no sense is ignored: it can change what is logged, never whether a ping counts.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const ranges = trustedProxies.map(parseRange);
  return (request) => {
    const peerText = request.socket.remoteAddress ?? '';
    if (ranges.length === 0) return peerText.startsWith('::ffff:') ? peerText.slice(7) : peerText;
    const peer = readAddress(peerText);
    const header = request.headers['x-forwarded-for'];
    if (peer === null || header === undefined || !isWithin(peer, ranges)) return peer?.toString() ?? peerText;
    let client = peer;
    for (const hop of String(header).split(',').reverse()) {
      const address = readAddress(hop);
      if (address === null) break;
      client = address;
      if (!isWithin(address, ranges)) break;
    }
    return client.toString();
  };
}
