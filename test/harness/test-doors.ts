import assert from 'node:assert/strict';
import { systemClock } from '../../src/platform/clock.ts';
import { createOutboundDoor, type OutboundDoor, type OutboundDoorOptions } from '../../src/platform/outbound/door.ts';
import type { Resolve } from '../../src/platform/outbound/resolver.ts';

export const TEST_TIMEOUT_MS = 10_000;

export interface TestDoors {
  /** The only names that any of these doors can look up. */
  readonly names: Record<string, readonly string[]>;
  /** A door, open for private targets unless the options say otherwise. */
  open(options?: Partial<OutboundDoorOptions>): OutboundDoor;
  closeAll(): Promise<void>;
}

/** Doors that never ask a real name server, and that are closed together. */
export function createTestDoors(): TestDoors {
  const names: Record<string, readonly string[]> = {};
  const doors: OutboundDoor[] = [];
  const resolve: Resolve = async (hostname) => {
    const found = names[hostname];
    if (!found) throw Object.assign(new Error('unknown'), { code: 'ENOTFOUND' });
    return found;
  };
  return {
    names,
    open(options = {}) {
      const door = createOutboundDoor({ clock: systemClock, privateTargets: true, ownPorts: [], resolve, ...options });
      doors.push(door);
      return door;
    },
    async closeAll() {
      await Promise.all(doors.splice(0).map((door) => door.close()));
    },
  };
}

/** The code with which a door refuses a plain GET. */
export async function refusalCode(door: OutboundDoor, url: string): Promise<string> {
  const result = await door.request({ url, timeoutMs: TEST_TIMEOUT_MS });
  assert.ok(!result.ok, `${url} was let through`);
  return result.code;
}
