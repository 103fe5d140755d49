import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

/** Named by a variable: it is written for pages, of whose globals the types of these tests know nothing. */
const EVENTS: string = '../../web/src/api/events.ts';
interface Listener {
  readonly onChanges: () => void;
  readonly onBack: () => void;
  readonly onHeard: () => void;
  readonly onLive: (isLive: boolean) => void;
}
const { listen } = (await import(EVENTS)) as { listen(listener: Listener): () => void };

/** Longer than the line may be silent, and than the first wait before it is made anew. */
const SILENCE_MS = 40_000;
const FIRST_WAIT_MS = 1_000;

test('a line on which nothing comes any more is given up and made anew', async (t) => {
  let calls = 0;
  const server = createServer((_request, response) => {
    calls += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': alive\n\n');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  Object.assign(globalThis, { document: { baseURI: `http://127.0.0.1:${port}/` } });
  t.mock.timers.enable({ apis: ['setTimeout'] });

  const states: boolean[] = [];
  let backs = 0;
  let next = Promise.withResolvers<boolean>();
  const stop = listen({
    onChanges: () => undefined,
    onBack: () => {
      backs += 1;
    },
    onHeard: () => undefined,
    onLive: (isLive) => {
      states.push(isLive);
      next.resolve(isLive);
      next = Promise.withResolvers<boolean>();
    },
  });
  try {
    assert.equal(await next.promise, true);
    const lost = next.promise;
    t.mock.timers.tick(SILENCE_MS);
    assert.equal(await lost, false);
    const again = next.promise;
    // The wait begins when the loss was told.
    await new Promise(setImmediate);
    t.mock.timers.tick(FIRST_WAIT_MS);
    assert.equal(await again, true);
    assert.deepEqual([calls, backs, states], [2, 1, [true, false, true]]);
  } finally {
    stop();
    server.closeAllConnections();
    server.close();
    Reflect.deleteProperty(globalThis, 'document');
  }
});
