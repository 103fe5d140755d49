import { get, type IncomingMessage } from 'node:http';
import { type Benchmark, below, fact, type Settings } from '../benchmark.ts';
import { postgresSeconds, processSeconds } from '../cpu.ts';
import { type Product, withProduct } from '../product.ts';
import { waitMs } from '../wait.ts';
import type { Cookie } from './reader.ts';
import { fillTeam, keyOf, signInOwner } from './team.ts';

const OPEN = 200;
const SECONDS = 60;
const MAX_PART = 5;
/** "Little happens": as many jobs as that report in a minute, each to all who look. */
const PINGS_A_MINUTE = 30;

/** One open page's stream, read as it comes. */
function openStream({ host, port }: Product, cookies: readonly Cookie[]): Promise<IncomingMessage> {
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  return new Promise((resolve, reject) => {
    get({ host, port, path: '/api/v1/events', agent: false, headers: { cookie, accept: 'text/event-stream' } })
      .once('error', reject)
      .once('response', (response) => {
        if (response.statusCode === 200) resolve(response);
        else reject(new Error(`a stream was refused: ${response.statusCode}`));
      });
  });
}

interface Spent {
  readonly server: number;
  readonly database: number;
}

async function spend(product: Product, seconds: number): Promise<Spent> {
  const before = { server: processSeconds(product.pid), database: postgresSeconds(product.postgresPid) };
  const until = performance.now() + seconds * 1_000;
  const everyMs = 60_000 / PINGS_A_MINUTE;
  for (let index = 0; performance.now() < until; index += 1) {
    const { key } = await keyOf(product, index);
    await (await fetch(`http://${product.host}:${product.port}/ping/${key}`)).text();
    await waitMs(Math.min(everyMs, until - performance.now()));
  }
  const part = (now: number, then: number) => ((now - then) / seconds) * 100;
  return {
    server: part(processSeconds(product.pid), before.server),
    database: part(postgresSeconds(product.postgresPid), before.database),
  };
}

async function measure(product: Product, { seconds: given, say }: Settings) {
  const seconds = given ?? SECONDS;
  await fillTeam(product);
  const cookies = await signInOwner(product);
  // Past what follows a start and a filling of tables.
  await waitMs(10_000);
  const alone = await spend(product, seconds);
  const streams: IncomingMessage[] = [];
  let [events, ended] = [0, 0];
  for (let count = 0; count < OPEN; count += 1) {
    const stream = await openStream(product, cookies);
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      events += text.split('event: change').length - 1;
    });
    stream.once('close', () => {
      ended += 1;
    });
    streams.push(stream);
  }
  await waitMs(2_000);
  const watched = await spend(product, seconds);
  const lost = ended;
  for (const stream of streams) stream.destroy();
  say(`  ${events} events heard in ${OPEN} streams, ${lost} streams lost`);
  if (lost > 0 || events < OPEN) throw new Error('not every stream was alive: the numbers say nothing');
  const both = (spent: Spent) => spent.server + spent.database;
  const measures = [
    fact('nobody looks: server and PostgreSQL', both(alone), ' % of a core', 1),
    fact(`${OPEN} open dashboards: server and PostgreSQL`, both(watched), ' % of a core', 1),
    below(`what the ${OPEN} cost the server`, watched.server - alone.server, MAX_PART, ' % of a core', 1),
    below('what they cost server and PostgreSQL together', both(watched) - both(alone), MAX_PART, ' % of a core', 1),
    fact('events heard by all of them', events),
  ];
  return { measures, details: { alone, watched, events } };
}

export const dashboards: Benchmark = {
  name: 'dashboards',
  about: `${OPEN} event streams over 5000 monitors while ${PINGS_A_MINUTE} pings a minute arrive`,
  run: (settings) => withProduct((product) => measure(product, settings)),
};
