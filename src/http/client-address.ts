import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { type AddressRange, isWithinRange, readAddressRange } from '../platform/address-range.ts';

/** Whose request this is. */
export type ClientAddress = (request: IncomingMessage) => string;

/**
 * An address in its plain form, IPv4 in IPv6 unwrapped, a port (as some proxies add) and a zone taken off; null when it
 * is none.
 */
function readAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const trimmed = text.trim();
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed)?.[1];
  const withoutPort = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(trimmed)?.[1];
  const candidate = (bracketed ?? withoutPort ?? trimmed).replace(/%.*$/, '');
  // Numbers without dots are addresses to some; in this header they are garbage.
  return /[.:]/.test(candidate) && ipaddr.isValid(candidate) ? ipaddr.process(candidate) : null;
}

/**
 * The peer of the connection, or, where that is a trusted proxy, the last address in X-Forwarded-For that is none. A
 * header that makes no sense is ignored: it can change what is logged, never whether a ping counts. `trustedProxies` are
 * addresses and ranges that the configuration has checked.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const ranges = trustedProxies.map(readAddressRange).filter((range) => range !== null);
  const isTrusted = (address: AddressRange[0]) => ranges.some((range) => isWithinRange(address, range));
  return (request) => {
    const peerText = request.socket.remoteAddress ?? '';
    if (ranges.length === 0) return peerText.startsWith('::ffff:') ? peerText.slice(7) : peerText;
    const peer = readAddress(peerText);
    const header = request.headers['x-forwarded-for'];
    if (peer === null || header === undefined || !isTrusted(peer)) return peer?.toString() ?? peerText;
    let client = peer;
    for (const hop of String(header).split(',').reverse()) {
      const address = readAddress(hop);
      if (address === null) break;
      client = address;
      if (!isTrusted(address)) break;
    }
    return client.toString();
  };
}
