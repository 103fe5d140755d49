/** A short run of the fuzzer (`npm run fuzz`), always with the same seed. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeTemplate, sharedConnection, startTestServer, type TestServer } from '../harness/postgres.ts';
import { makeCase, type World } from './cases.ts';
import { createChance } from './chance.ts';
import { takeAnswer } from './exchange.ts';
import { fuzz } from './fuzz.ts';
import { createScene, type Scene } from './scene.ts';
import { OTHER_TARGETS } from './targets.ts';

const SEED = 4;
const SECONDS = 15;

let server: TestServer | null = null;
let scene: Scene;
before(async () => {
  const shared = sharedConnection();
  if (shared === null) {
    server = await startTestServer();
    await makeTemplate(server);
  }
  const connection = shared ?? server?.connection;
  assert.ok(connection);
  scene = await createScene(connection);
});
after(async () => {
  await scene.end();
  await server?.stop();
});

describe('requests that nobody would send', () => {
  test(`${SECONDS} s of them break nothing: seed ${SEED}`, async () => {
    const { findings, cases, statuses } = await fuzz({ scene, seed: SEED, seconds: SECONDS });
    assert.deepEqual(findings, []);
    assert.ok(cases > 0);
    // What never gets past the door shows nothing.
    assert.ok((statuses.get(200) ?? 0) > 0 && (statuses.get(400) ?? 0) > 0);
  });
});

describe('the fuzzer', () => {
  const world: World = {
    targets: OTHER_TARGETS,
    components: {},
    places: { keys: ['aw_x'], values: { token: ['x'] }, known: {} },
  };

  test('makes the same case again from the same seed and number, and another from another', () => {
    const bytesOf = (seed: number, number: number) =>
      Buffer.concat(makeCase(world, createChance(seed, number)).saying.pieces).toString('latin1');
    assert.equal(bytesOf(1, 2), bytesOf(1, 2));
    assert.notEqual(bytesOf(1, 2), bytesOf(1, 3));
    assert.notEqual(bytesOf(1, 2), bytesOf(2, 2));
  });

  test('calls a failure of ours wrong, and silence, and a connection that is not kept', () => {
    const right = Array.from({ length: 50 }, (_, number) => makeCase(world, createChance(1, number))).find(
      ({ saying }) =>
        saying.wanted === 2 &&
        !saying.pieces.some((piece) => /Upgrade|close|HTTP\/1\.0/.test(piece.toString('latin1'))),
    );
    assert.ok(right);
    const answer = (status: number, headers: [string, string][] = []) => ({
      status,
      headers: new Map(headers),
      body: '',
    });
    const talk = {
      answers: [answer(404), answer(200)],
      end: 'open' as const,
      late: false,
      rest: Buffer.alloc(0),
      tookMs: 1,
    };
    assert.equal(right.judge(talk), null);
    assert.match(right.judge({ ...talk, answers: [answer(500), answer(200)] }) ?? '', /answered 500/);
    assert.match(right.judge({ ...talk, answers: [answer(503), answer(200)] }) ?? '', /answered 503/);
    assert.equal(right.judge({ ...talk, answers: [answer(503, [['retry-after', '2']]), answer(200)] }), null);
    assert.match(right.judge({ ...talk, answers: [answer(404)], late: true }) ?? '', /no end/);
    assert.match(right.judge({ ...talk, answers: [answer(404)], end: 'closed' }) ?? '', /closed/);
    assert.match(right.judge({ ...talk, rest: Buffer.from('x') }) ?? '', /no answer/);
  });

  test('reads answers with a length, in chunks, without a body and up to the end', () => {
    const take = (text: string, isHead = false, isOver = false) => takeAnswer(Buffer.from(text), isHead, isOver);
    assert.equal(take('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP')?.answer.body, 'ok');
    assert.equal(take('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok'), null);
    assert.equal(take('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n')?.answer.body, 'ok');
    assert.equal(take('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', true)?.answer.body, '');
    assert.equal(take('HTTP/1.1 200 OK\r\n\r\nall', false, false), null);
    assert.equal(take('HTTP/1.1 200 OK\r\n\r\nall', false, true)?.answer.body, 'all');
  });
});
