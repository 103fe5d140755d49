import type { Services } from '../services.ts';
import type { CreateByPing } from './handler.ts';

/** `?create=1`: makes the monitor that a ping names. */
export function createByPing(_services: Services): CreateByPing {
  return async () => 'unknown_team';
}
