import { runLoad } from './generator.ts';
import type { LoadPlan, LoadResult } from './load-plan.ts';

/** Every load that hits a product goes through here, so that no 2xx is left out of the count. */
export interface CountingLoad {
  /** Rejects when a ping was not answered 2xx. Over all monitors, from one node, unless told otherwise. */
  run(plan: Pick<LoadPlan, 'connections' | 'seconds'> & Partial<LoadPlan>): Promise<LoadResult>;
  readonly answered: number;
}

export function countingLoad({ host, port }: Pick<LoadPlan, 'host' | 'port'>, monitors: number): CountingLoad {
  let answered = 0;
  return {
    async run(plan) {
      const result = await runLoad({ host, port, monitors: { first: 0, count: monitors }, ...plan });
      if (result.errors > 0 || result.ok !== result.sent) {
        throw new Error(`not every ping was answered 2xx: ${JSON.stringify(result)}`);
      }
      answered += result.ok;
      return result;
    },
    get answered() {
      return answered;
    },
  };
}
