import { isIP } from 'node:net';
import { type AddressRules, judgeAddress } from './address-policy.ts';
import { blockedFailure, dnsFailure, type OutboundFailure } from './failure.ts';
import { orAbort } from './or-abort.ts';
import type { Resolve } from './resolver.ts';

/** The checked addresses to dial, or the proxy that does it. */
export type Route = { readonly addresses: readonly string[] } | { readonly proxyUrl: string };

export interface RouteOptions {
  readonly url: URL;
  readonly proxyUrl: string | undefined;
  readonly rules: AddressRules;
  readonly resolve: Resolve;
  readonly signal: AbortSignal;
}

/** Looks the host up once and keeps those of its addresses that may be called. */
export async function findRoute(options: RouteOptions): Promise<Route | OutboundFailure> {
  const { url, proxyUrl, rules } = options;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const isLiteral = isIP(host) !== 0;
  // A proxy looks names up for itself; an address that stands in the URL is judged all the same.
  if (proxyUrl !== undefined && !isLiteral) return { proxyUrl };
  const found = isLiteral ? [host] : await lookUp(options, host);
  if ('ok' in found) return found;
  const verdicts = found.map((address) => ({ address, verdict: judgeAddress(address, port, rules) }));
  const addresses = verdicts.flatMap(({ address, verdict }) => (verdict.open ? [address] : []));
  if (addresses.length > 0) return proxyUrl === undefined ? { addresses } : { proxyUrl };
  const [first] = verdicts;
  return first && !first.verdict.open ? blockedFailure(host, first.verdict.reason) : dnsFailure(host, null);
}

async function lookUp({ resolve, signal }: RouteOptions, host: string): Promise<readonly string[] | OutboundFailure> {
  try {
    return await orAbort(resolve(host, signal), signal);
  } catch (error) {
    return dnsFailure(host, error);
  }
}
