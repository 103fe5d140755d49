import { systemRandom } from '../../src/platform/random.ts';
import { createSealer } from '../../src/store/seal.ts';
import { type HttpReceiver, startHttpReceiver } from '../harness/receivers/http-receiver.ts';
import type { Product } from './product.ts';

/** Given to every product under test, so that a channel can be made by SQL. */
export const SECRET_KEY = 'a key for benchmarks alone, not a secret';

const CHANNEL_ID = '019b0000-0000-7000-9000-000000000001';

/** One webhook channel for the first team, and a receiver that takes everything. The caller closes the receiver. */
export async function addWebhook(product: Product): Promise<HttpReceiver> {
  const receiver = await startHttpReceiver({ reply: { status: 204 } });
  const config = JSON.stringify({ url: `${receiver.url}/hook` });
  await product.query(
    `INSERT INTO channel (id, team_id, kind, name, config_sealed, destination, created_at, updated_at)
      SELECT $1, id, 'webhook', 'ops', $2, $3, created_at, created_at FROM team ORDER BY id LIMIT 1`,
    [
      CHANNEL_ID,
      createSealer(SECRET_KEY, systemRandom).seal(config, `channel:${CHANNEL_ID}`),
      new URL(receiver.url).host,
    ],
  );
  return receiver;
}
