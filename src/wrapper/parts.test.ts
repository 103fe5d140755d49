/** The parts of the wrapper that are arithmetic on text. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

interface Capture {
  readonly total: number;
  readonly kept: number;
  readonly metrics: ReadonlyMap<string, string>;
  add(fd: 1 | 2, chunk: Buffer): void;
  finish(): void;
}

interface Parts {
  readDuration(text: string): number | undefined;
  createCapture(): Capture;
  tailOf(capture: Capture, limit: number, options: object, env: object): Promise<string>;
  hideSecrets(text: string, env: Readonly<Record<string, string>>): string;
  lastBytes(text: string, limit: number): string;
}

const address = new URL('./allswell-run.mjs?parts', import.meta.url).href;
const { parts }: { parts: Parts } = await import(address);

const captured = (...chunks: readonly (readonly [1 | 2, string | Buffer])[]) => {
  const capture = parts.createCapture();
  for (const [fd, chunk] of chunks) capture.add(fd, Buffer.from(chunk));
  capture.finish();
  return capture;
};
const tail = (capture: Capture, limit = 64_000) => parts.tailOf(capture, limit, {}, {});

test('durations are written as people write them', () => {
  const expected = { 90: 90_000, '90s': 90_000, '5m': 300_000, '1h30m': 5_400_000, '2d': 172_800_000, '200ms': 200 };
  for (const [text, ms] of Object.entries(expected)) assert.equal(parts.readDuration(text), ms, text);
  for (const text of ['', 'soon', '-1', '1.5h', '5 m', 'm']) assert.equal(parts.readDuration(text), undefined, text);
});

describe('the output that is sent', () => {
  test('has a mark for each line, and lines that came in pieces are whole', async () => {
    const capture = captured([1, 'a'], [2, 'oops\nno'], [1, 'b\nc\n'], [2, ' end'], [1, 'last']);
    assert.equal(await tail(capture), 'err| oops\nout| ab\nout| c\nout| last\nerr| no end\n');
  });

  test('is nothing when nothing was said', async () => {
    assert.equal(await tail(captured()), '');
  });

  test('is cut at the front, between characters and lines, and says how much', async () => {
    const capture = captured([1, 'ж'.repeat(500)], [1, `\n${'щ'.repeat(300)}\n`]);
    const text = await tail(capture, 700);
    assert.ok(Buffer.byteLength(text) <= 700);
    assert.match(text, /^… 1 kB cut …\nout\| щ{300}\n$/);
    assert.match(await tail(capture, 200), /^… 1 kB cut …\nщ+\n$/);
    assert.doesNotMatch(await tail(capture, 201), /\uFFFD/);
  });

  test('is the end of a megabyte, whatever passes', async () => {
    const line = `${'x'.repeat(99)}\n`;
    const capture = parts.createCapture();
    for (let index = 0; index < 300; index += 1) capture.add(1, Buffer.from(line.repeat(100)));
    capture.add(2, Buffer.from('the end\n'));
    assert.equal(capture.total, 3_000_008);
    assert.ok(capture.kept < 1_020_000, String(capture.kept));
    const text = await tail(capture);
    assert.ok(Buffer.byteLength(text) <= 64_000);
    assert.match(text, /err\| the end\n$/);
  });

  test('of single bytes is remembered in pages, not in pieces', () => {
    const capture = parts.createCapture();
    for (let index = 0; index < 20_000; index += 1) capture.add(1, Buffer.from('.'));
    assert.ok((capture as unknown as { pages: unknown[] }).pages.length <= 3);
  });

  test('may be no text at all', async () => {
    assert.match(await tail(captured([1, Buffer.from([0xff, 0xfe, 0x0a, 0x80])])), /^out\| \uFFFD+\nout\| \uFFFD\n$/);
  });

  test('has its metric lines found wherever they stand and however they are cut', () => {
    const whole =
      'noise\nlog: allswell:metric rows=12\nallswell:metric rows=13\nallswell:metric bad=x\nallswell:metric t=1.5e3';
    for (let cut = 0; cut <= whole.length; cut += 1) {
      const { metrics } = captured([1, whole.slice(0, cut)], [1, whole.slice(cut)]);
      assert.deepEqual(Object.fromEntries(metrics), { rows: '13', t: '1.5e3' }, `cut at ${cut}`);
    }
  });

  test('has at most fifty metrics', () => {
    const lines = Array.from({ length: 200 }, (_, index) => `allswell:metric m${index}=1\n`).join('');
    assert.equal(captured([1, lines]).metrics.size, 50);
  });
});

describe('secrets', () => {
  const letters = (count: number) => 'aB3dE6gH9k'.repeat(10).slice(0, count);
  const secrets: readonly (readonly [string, string])[] = [
    ['AWS', `AKIA${'ABCDEFGH12345678'}`],
    ['GitHub', `ghp_${letters(36)}`],
    ['GitHub, fine', `github_pat_${letters(40)}`],
    ['GitLab', `glpat-${letters(20)}`],
    ['Slack', `xoxb-${letters(24)}`],
    ['Stripe', `sk_live_${letters(24)}`],
    ['Google', `AIza${letters(35)}`],
    ['Telegram', `123456789:${letters(35)}`],
    ['JWT', `eyJ${letters(20)}.${letters(30)}.${letters(30)}`],
  ];
  for (const [name, secret] of secrets) {
    test(`that look like one of ${name} are hidden`, () => {
      assert.equal(parts.hideSecrets(`before ${secret} after`, {}), 'before [hidden] after');
    });
  }

  for (const [given, hidden] of [
    ['postgres://app:s3cret@db/x', 'postgres://app:[hidden]@db/x'],
    ['Authorization: Bearer abcdefghijkl', 'Authorization: Bearer [hidden]'],
    ['password=hunter2 user=joe', 'password=[hidden] user=joe'],
    ['"api_key": "abc123"', '"api_key": "[hidden]"'],
    ['https://hooks.slack.com/services/T0/B0/xyz', 'https://hooks.slack.com/services/[hidden]'],
    ['curl https://watch.example/ping/3f0c6a52-7a0b/start', 'curl https://watch.example/ping/[hidden]'],
    ['-----BEGIN RSA PRIVATE KEY-----\nout| MIIE\nout| -----END RSA PRIVATE KEY-----\nx', '[hidden]\nx'],
  ] as const) {
    test(`are hidden where they stand: ${given.slice(0, 40)}`, () => {
      assert.equal(parts.hideSecrets(given, {}), hidden);
    });
  }

  test('that the environment calls secrets are hidden whatever they look like', () => {
    const env = { MY_SERVICE_TOKEN: 'plain words', SHORT_TOKEN: 'abc', PATH: '/usr/bin:/bin' };
    assert.equal(parts.hideSecrets('plain words abc /usr/bin:/bin', env), '[hidden] abc /usr/bin:/bin');
  });

  test('leave ordinary output as it is', () => {
    const text = 'out| 2026-11-21 12:00:01 copied 4711 files to https://backup.example/a?b=c in 12 s, passed 3 tests\n';
    assert.equal(parts.hideSecrets(text, {}), text);
  });

  test('are looked for in linear time', () => {
    const started = performance.now();
    for (const piece of ['a', 'password ', '://a', 'eyJ', '-----BEGIN PRIVATE KEY-----', 'token', '1', 'bearer ']) {
      parts.hideSecrets(piece.repeat(Math.ceil(1_000_000 / piece.length)), {});
    }
    assert.ok(performance.now() - started < 20_000);
  });
});

test('the last bytes of a text begin with a whole line where there is one', () => {
  assert.equal(parts.lastBytes('one\ntwo\nthree', 9), 'three');
  assert.equal(parts.lastBytes('one\ntwo\nthree', 100), 'one\ntwo\nthree');
  assert.equal(parts.lastBytes('жжж', 5), 'жж');
  assert.equal(parts.lastBytes('one', 0), '');
});
