import { networkInterfaces } from 'node:os';
import { classifyAddress, normalizeAddress } from './address-policy.ts';

/** A place where this process listens; `host` as it was given to `listen`. */
export interface OwnPort {
  readonly host: string;
  readonly port: number;
}

export type IsOwn = (address: string, port: number) => boolean;

/**
 * Tells whether an address and port lead back to us. A listener on a wildcard or on a name listens on every address
 * of this machine, so loopback as a whole and all interfaces count; they are read anew, as they come and go.
 */
export function ownPortsPredicate(ports: readonly OwnPort[], localAddresses: () => string[] = machineAddresses): IsOwn {
  return (address, port) => {
    const listeners = ports.filter((own) => own.port === port);
    if (listeners.length === 0) return false;
    const target = normalizeAddress(address);
    const isLocal = () =>
      classifyAddress(address) === 'loopback' || localAddresses().some((one) => normalizeAddress(one) === target);
    return listeners.some((own) => (isOneAddress(own.host) ? normalizeAddress(own.host) === target : isLocal()));
  };
}

function isOneAddress(host: string): boolean {
  const kind = classifyAddress(host);
  return kind !== 'invalid' && kind !== 'unspecified';
}

function machineAddresses(): string[] {
  return Object.values(readInterfaces()).flatMap((list) => (list ?? []).map((one) => one.address));
}

function readInterfaces(): ReturnType<typeof networkInterfaces> {
  try {
    return networkInterfaces();
  } catch {
    // Some sandboxes forbid the question. Loopback is recognised without it.
    return {};
  }
}
