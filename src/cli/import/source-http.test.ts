import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type HttpReceiver, startHttpReceiver } from '../../../test/harness/receivers/http-receiver.ts';
import { TEST_SERVER_CERT, TEST_SERVER_KEY } from '../../../test/harness/receivers/test-certificate.ts';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { findFreePort } from '../../platform/free-port.ts';
import { CommandError, EXIT } from '../output.ts';
import { createSourceGet, MAX_ANSWER_BYTES, MAX_TRIES, MAX_WAIT_MS, readBase } from './source-http.ts';

let site: HttpReceiver;
let waits: number[] = [];
before(async () => {
  site = await startHttpReceiver();
});
after(() => site.close());
beforeEach(() => {
  waits = [];
  site.setReply({ status: 200, body: '{"fine": true}' });
});

const clock: Clock = {
  ...systemClock,
  now: () => Date.UTC(2026, 10, 21),
  after(delayMs, fire) {
    waits.push(delayMs);
    queueMicrotask(fire);
    return () => undefined;
  },
};

function get(path: string, url = site.url, answerWithinMs = 10_000) {
  const deps = { clock, signal: new AbortController().signal, onWait: () => undefined, answerWithinMs };
  return createSourceGet(readBase(url, 'Cronflow'), 'Cronflow', deps)(path, { 'X-Api-Key': 'secret' });
}

async function fails(work: Promise<unknown>, code: number, words: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof CommandError, String(error));
    assert.match(error.message, words);
    assert.equal(error.exitCode, code, error.message);
    return true;
  });
}

describe('asking another system', () => {
  test('waits as it is told, and asks again', async () => {
    const past = 'Fri, 20 Nov 2026 00:00:00 GMT';
    const soon = 'Sat, 21 Nov 2026 00:00:07 GMT';
    site.script(
      { status: 429, headers: { 'retry-after': '3' } },
      { status: 503, headers: { 'retry-after': soon } },
      { status: 429, headers: { 'retry-after': past } },
      { status: 502 },
    );
    assert.deepEqual(await get('/jobs'), { fine: true });
    assert.deepEqual(waits, [3_000, 7_000, 0, 8_000]);
  });

  test('waits no longer and no more often than is sensible', async () => {
    const before = site.requests.length;
    site.setReply({ status: 429, headers: { 'retry-after': '99999' } });
    await fails(get('/jobs'), EXIT.unreachable, /asks to wait \(429\), also after 6 tries/);
    assert.deepEqual(waits, Array(MAX_TRIES - 1).fill(MAX_WAIT_MS));
    assert.equal(site.requests.length - before, MAX_TRIES);
  });

  test('gives up on one that hangs, cuts us off or is not there', async () => {
    site.setReply({ hang: true });
    await fails(get('/jobs', site.url, 30), EXIT.unreachable, /does not answer in time, also after/);
    site.setReply({ stall: { status: 200, body: '{' } });
    await fails(get('/jobs', site.url, 30), EXIT.unreachable, /does not answer in time/);
    site.setReply({ cut: true });
    await fails(get('/jobs'), EXIT.unreachable, /cannot be reached/);
    const port = await findFreePort('127.0.0.1');
    await fails(get('/jobs', `http://127.0.0.1:${port}`), EXIT.unreachable, /cannot be reached/);
  });

  test('does not try again where the certificate is not to be trusted', async () => {
    const secure = await startHttpReceiver({ tls: { key: TEST_SERVER_KEY, cert: TEST_SERVER_CERT } });
    try {
      const url = `https://localhost:${secure.port}`;
      await fails(
        get('/jobs', url),
        EXIT.unreachable,
        /certificate of localhost:\d+ is not trusted.*NODE_EXTRA_CA_CERTS/,
      );
      assert.deepEqual(waits, []);
    } finally {
      await secure.close();
    }
  });

  test('follows nobody, since the key would go along', async () => {
    const elsewhere = await startHttpReceiver();
    try {
      site.setReply({ status: 301, headers: { location: `${elsewhere.url}/jobs` } });
      await fails(get('/jobs'), EXIT.failed, /sends us to http/);
      assert.equal(elsewhere.requests.length, 0);
    } finally {
      await elsewhere.close();
    }
  });

  test('does not read on and on', async () => {
    site.setReply({ status: 200, body: 'x'.repeat(MAX_ANSWER_BYTES + 1) });
    await fails(get('/jobs'), EXIT.failed, /larger than 64 MiB/);
  });

  test('says what it was told', async () => {
    site.setReply({ status: 401, body: '{"error":"wrong api key"}' });
    await fails(get('/jobs'), EXIT.forbidden, /refuses: wrong api key/);
    site.setReply({ status: 403 });
    await fails(get('/jobs'), EXIT.forbidden, /answered 403/);
    site.setReply({ status: 200, body: '<html>' });
    await fails(get('/jobs'), EXIT.failed, /does not answer as Cronflow does/);
    site.setReply({ status: 404, body: '<html>' });
    assert.equal(await get('/jobs'), null);
  });
});
