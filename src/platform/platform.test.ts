import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { createManualClock } from '../../test/harness/manual-clock.ts';
import { isWithinRange, readAddressRange } from './address-range.ts';
import { sleep, systemClock } from './clock.ts';
import { findFreePort, usableHost } from './free-port.ts';
import { createLogger, type LogFormat, type LogLevel } from './logger.ts';
import { createIdSource, randomBase62, systemRandom } from './random.ts';

function logging(format: LogFormat, level: LogLevel = 'debug') {
  const lines: string[] = [];
  const logger = createLogger({ level, format, clock: createManualClock(0), write: (line) => lines.push(line) });
  return { logger, lines };
}

describe('the logger', () => {
  test('writes lines for people and for machines, from its level on', () => {
    const { logger, lines } = logging('text', 'info');
    logger.debug('unheard');
    logger.with({ node: 'n1' }).info('pings stored', { count: 3, first: null });
    assert.deepEqual(lines, ['1970-01-01T00:00:00.000Z info  pings stored node=n1 count=3 first=null']);
    const json = logging('json');
    json.logger.error('it "broke"', { error: new Error('why'), list: [1] });
    const line = JSON.parse(json.lines[0] ?? '');
    assert.deepEqual([line.level, line.message, line.list], ['error', 'it "broke"', [1]]);
    assert.match(line.error, /^Error: why\n\s+at /);
    const silent = logging('text', 'silent');
    silent.logger.error('unheard');
    assert.deepEqual(silent.lines, []);
  });

  test('shows no key, wherever in a line it stands', () => {
    const key = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const token = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ';
    for (const format of ['text', 'json'] as const) {
      const { logger, lines } = logging(format);
      logger.info(`GET /ping/${key}/fail?rid=1`, { url: `https://x/ping/start/${key}/start`, list: [`/in/${key}`] });
      logger.warn('named', { url: `/ping/${key}/nightly-backup/0` });
      logger.warn('once', { url: `/setup/${token}`, other: `/unsubscribe/${key}/${token}` });
      logger.error('aw_0123456789abcdefghij', { error: new Error(`no aw_${token.slice(0, 40)} at /ping/${key}`) });
      const all = lines.join('\n');
      for (const secret of [key, token, token.slice(0, 40), 'aw_0123456789']) assert.ok(!all.includes(secret), all);
      assert.match(all, /\/ping\/\*\*\*\/fail\?rid=1/);
      assert.match(all, /\/ping\/\*\*\*\/nightly-backup\/0/);
      assert.match(all, /\/ping\/start\/\*\*\*\/start/);
    }
  });

  test('never breaks the work that it tells about', () => {
    const circle: Record<string, unknown> = {};
    circle.itself = circle;
    for (const format of ['text', 'json'] as const) {
      const { logger, lines } = logging(format);
      logger.info('odd', { circle, big: 10n, nothing: undefined, sign: Symbol('s') });
      assert.match(lines[0] ?? '', /circle.*cannot be shown/);
    }
  });
});

describe('chance', () => {
  test('ids are UUIDs of version 7 that sort by the time of their making', () => {
    const clock = createManualClock();
    const newId = createIdSource(clock, systemRandom);
    const ids = Array.from({ length: 10_000 }, (_, index) => {
      if (index % 100 === 0) clock.advance(1);
      return newId();
    });
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual([...ids].sort(), ids);
    assert.equal(new Set(ids).size, ids.length);
  });

  test('every one of the 62 letters is as likely as the others', () => {
    const letters = randomBase62(systemRandom, 62_000);
    assert.match(letters, /^[0-9A-Za-z]{62000}$/);
    const counts = new Map<string, number>();
    for (const letter of letters) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    assert.equal(counts.size, 62);
    // Seven standard deviations of a fair choice around 1,000.
    for (const [letter, count] of counts) assert.ok(Math.abs(count - 1_000) < 7 * 32, `${letter}: ${count}`);
    assert.equal(randomBase62(systemRandom, 0), '');
  });
});

describe('time', () => {
  test('a sleep ends with its time or with its signal, and leaves no timer behind', async () => {
    const clock = createManualClock();
    const slept = sleep(clock, 1_000);
    clock.advance(1_000);
    await slept;
    const abort = new AbortController();
    const called = sleep(clock, 1_000, abort.signal);
    assert.equal(clock.pending(), 1);
    abort.abort();
    await called;
    assert.equal(clock.pending(), 0);
    await sleep(clock, 1_000, abort.signal);
    assert.equal(clock.pending(), 0, 'one that is over already is not waited for');
  });

  test('a cancelled timer never fires, and cancelling again does nothing', async () => {
    let fired = 0;
    const cancel = systemClock.after(0, () => {
      fired += 1;
    });
    cancel();
    cancel();
    const held = setTimeout(() => undefined, 1_000);
    await new Promise<void>((resolve) => systemClock.after(2, resolve));
    clearTimeout(held);
    assert.equal(fired, 0);
  });
});

describe('ports and addresses', () => {
  test('a free port can be listened on; an address that is not ours is refused', async () => {
    const port = await findFreePort('127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      const server = createServer().once('error', reject);
      server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
    });
    await assert.rejects(findFreePort('192.0.2.1'), { code: 'EADDRNOTAVAIL' });
  });

  test('every address is :: where there is IPv6 and 0.0.0.0 where there is none; others are taken as they are', async () => {
    assert.ok(['::', '0.0.0.0'].includes(await usableHost('::')));
    assert.equal(await usableHost('192.0.2.1'), '192.0.2.1');
  });

  test('ranges of addresses are read strictly', () => {
    const within = (text: string, address: string) => {
      const range = readAddressRange(text);
      const single = readAddressRange(address);
      assert.ok(range !== null && single !== null, text);
      return isWithinRange(single[0], range);
    };
    assert.ok(within('10.0.0.0/8', '10.255.0.1') && !within('10.0.0.0/8', '11.0.0.1'));
    assert.ok(within('::ffff:10.0.0.0/104', '10.1.1.1'));
    assert.ok(within('fd00::/8', 'fd12::1') && !within('fd00::/8', '10.0.0.1') && !within('10.0.0.0/8', 'fd00::1'));
    assert.ok(within('0.0.0.0/0', '8.8.8.8') && within('::/0', '2001:db8::1'));
    for (const text of ['', '/', '10', '10.0.0', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/-1', '::ffff:10.0.0.0/95']) {
      assert.equal(readAddressRange(text), null, text);
    }
    for (const text of ['fe80::1%eth0', 'a/b/c', '0x7f.1', 'localhost', '::1/129', '[::1]']) {
      assert.equal(readAddressRange(text), null, text);
    }
  });
});
