import ipaddr from 'ipaddr.js';

/**
 * What an address is, for deciding whether we may call it. `metadata` to `reserved` are closed for everyone;
 * `loopback` to `special` are open where the operator says that private targets are wanted.
 */
export type AddressClass =
  | 'public'
  | 'loopback'
  | 'private'
  | 'special'
  | 'metadata'
  | 'link_local'
  | 'unspecified'
  | 'multicast'
  | 'reserved'
  | 'invalid';

export interface AddressRules {
  /** Loopback, private, carrier-grade NAT, unique local and test ranges may be called. */
  readonly privateTargets: boolean;
  /** Whether we listen there ourselves; such a place is closed whatever the range. */
  readonly isOwn: (address: string, port: number) => boolean;
}

export type AddressVerdict =
  | { readonly open: true }
  | { readonly open: false; readonly reason: Exclude<AddressClass, 'public'> | 'own' };

/** Addresses of cloud metadata services that do not lie in a link-local range; those are closed as a whole. */
const METADATA_RANGES: readonly string[] = [
  '100.100.100.200/32', // Alibaba
  '168.63.129.16/32', // Azure's wire server, although it looks public
  '192.0.0.192/32', // Oracle Classic
  'fd00:ec2::/32', // Amazon
  'fd20:ce::254/128', // Google
  'fd00:42::42/128', // Scaleway
];
const METADATA = METADATA_RANGES.map((range) => ipaddr.parseCIDR(range));

/** From harmless to worst; of two readings of one address the worse counts. */
const SEVERITY: readonly AddressClass[] = [
  'public',
  'special',
  'private',
  'loopback',
  'reserved',
  'multicast',
  'unspecified',
  'link_local',
  'metadata',
  'invalid',
];

const RANGE_CLASS: Readonly<Record<string, AddressClass>> = {
  unicast: 'public',
  as112: 'public',
  as112v6: 'public',
  unspecified: 'unspecified',
  broadcast: 'reserved',
  multicast: 'multicast',
  linkLocal: 'link_local',
  loopback: 'loopback',
  carrierGradeNat: 'private',
  private: 'private',
  uniqueLocal: 'private',
  deprecatedSiteLocal: 'private',
};

/** Whether a call to this address and port is allowed, and if not, why. `address` is an IP in any usual notation. */
export function judgeAddress(address: string, port: number, rules: AddressRules): AddressVerdict {
  const kind = classifyAddress(address);
  if (kind !== 'public' && !(rules.privateTargets && isOpenable(kind))) return { open: false, reason: kind };
  if (rules.isOwn(address, port)) return { open: false, reason: 'own' };
  return { open: true };
}

function isOpenable(kind: AddressClass): boolean {
  return kind === 'loopback' || kind === 'private' || kind === 'special';
}

/** The class of one address; an IPv6 address that carries an IPv4 address is judged by both. */
export function classifyAddress(address: string): AddressClass {
  if (!ipaddr.isValid(address)) return 'invalid';
  const parsed = ipaddr.parse(address);
  return parsed instanceof ipaddr.IPv4 ? classifyV4(parsed) : classifyV6(parsed as ipaddr.IPv6);
}

function classifyV4(address: ipaddr.IPv4): AddressClass {
  if (isMetadata(address)) return 'metadata';
  const range = address.range();
  // The library's "reserved" mixes test networks with 240.0.0.0/4, which no host may ever have.
  if (range === 'reserved') return (address.octets[0] ?? 255) >= 240 ? 'reserved' : 'special';
  return RANGE_CLASS[range] ?? 'special';
}

function classifyV6(address: ipaddr.IPv6): AddressClass {
  if (isMetadata(address)) return 'metadata';
  const range = address.range();
  const carried = carriedV4(address, range).map(classifyV4);
  // Mapped addresses and the well-known NAT64 prefix are only another spelling of the IPv4 address.
  const isSpelling = range === 'ipv4Mapped' || (range === 'rfc6052' && address.parts[2] === 0);
  const own = isSpelling ? 'public' : isCompatible(address) ? 'special' : (RANGE_CLASS[range] ?? 'special');
  return carried.reduce(worse, own);
}

function worse(a: AddressClass, b: AddressClass): AddressClass {
  return SEVERITY.indexOf(a) >= SEVERITY.indexOf(b) ? a : b;
}

function isMetadata(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return METADATA.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
}

/** The IPv4 addresses that a packet to this IPv6 address may end at. */
function carriedV4(address: ipaddr.IPv6, range: string): ipaddr.IPv4[] {
  const p = address.parts;
  const at = (index: number) => p[index] ?? 0;
  const last = v4(at(6), at(7));
  if (range === 'ipv4Mapped' || range === 'rfc6052' || range === 'rfc6145') return [last];
  if (range === '6to4') return [v4(at(1), at(2))];
  if (range === 'teredo') return [v4(at(2), at(3)), v4(at(6) ^ 0xffff, at(7) ^ 0xffff)];
  const isIsatap = (at(4) === 0 || at(4) === 0x200) && at(5) === 0x5efe;
  return isIsatap || isCompatible(address) ? [last] : [];
}

/** The long deprecated ::a.b.c.d, without :: and ::1, which have ranges of their own. */
function isCompatible(address: ipaddr.IPv6): boolean {
  return address.range() === 'unicast' && address.parts.slice(0, 6).every((part) => part === 0);
}

function v4(high: number, low: number): ipaddr.IPv4 {
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
}

/** One spelling for comparing: IPv4 for mapped addresses, no zone, no leading zeros. */
export function normalizeAddress(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  return ipaddr.process(address.replace(/%.*$/, '')).toNormalizedString();
}
