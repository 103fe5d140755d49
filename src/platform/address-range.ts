import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** An address and how many of its first bits count. */
export type AddressRange = readonly [address: Address, bits: number];

/** IPv4 written as IPv6 (`::ffff:10.0.0.0/104`) is meant as IPv4, as which it will be met. */
function plain(address: Address, bits: number): AddressRange | null {
  if (!(address instanceof ipaddr.IPv6) || !address.isIPv4MappedAddress()) return [address, bits];
  return bits < 96 ? null : [address.toIPv4Address(), bits - 96];
}

/** `10.0.0.0/8`, `fd00::/8`, or one address; null for anything else, such as a name or an abbreviated number. */
export function readAddressRange(text: string): AddressRange | null {
  const [base = '', bits, more] = text.split('/');
  if (more !== undefined || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return null;
  const isV4 = ipaddr.IPv4.isValidFourPartDecimal(base);
  if (!isV4 && (base.includes('%') || !ipaddr.IPv6.isValid(base))) return null;
  const longest = isV4 ? 32 : 128;
  const length = bits === undefined ? longest : Number(bits);
  return length > longest ? null : plain(ipaddr.parse(base), length);
}

export function isWithinRange(address: Address, [base, bits]: AddressRange): boolean {
  if (address instanceof ipaddr.IPv4) return base instanceof ipaddr.IPv4 && address.match(base, bits);
  return base instanceof ipaddr.IPv6 && address.match(base, bits);
}

/** Whom an address stands for: itself, and for IPv6 its /64, which is one household's; what is no address stays. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4' ? parsed.toString() : `${(parsed as ipaddr.IPv6).parts.slice(0, 4).join(':')}/64`;
}
