import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { asCron } from './testing/as-cron.ts';
import { isPosixShell, isWatched, splitInput, unwrapCommand, wrapCommand } from './wrap.ts';

const WORDS = ['/usr/local/bin/allswell.sh', '/opt/allswell/bin/allswell run', '/usr/bin/node /opt/a/allswell-run.mjs'];
const wrapping = { wrapper: '/usr/local/bin/allswell.sh', slug: 'web1-backup', shell: '/bin/sh' };

const anyByte = fc
  .integer({ min: 1, max: 255 })
  .filter((byte) => byte !== 10)
  .map((byte) => String.fromCharCode(byte));
/** The characters that quoting and cron care about, more often than others. */
const character = fc.oneof(fc.constantFrom("'", '\\', '%', '"', ' ', '$', '#'), anyByte);
const command = fc.array(character, { minLength: 1, maxLength: 60 }).map((characters) => characters.join(''));

describe('wrapping', () => {
  test('and unwrapping gives the very same bytes, whatever they are', () => {
    fc.assert(
      fc.property(
        command,
        fc.constantFrom(...WORDS),
        fc.constantFrom('/bin/sh', '/bin/bash'),
        (text, wrapper, shell) => {
          const wrapped = wrapCommand(text, { wrapper, slug: 'a-job_1', shell });
          assert.deepEqual(unwrapCommand(wrapped), { wrapper, slug: 'a-job_1', shell, command: text });
          assert.ok(isWatched(wrapped));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('hands the shell of the job what cron would have handed it, and the same standard input', () => {
    fc.assert(
      fc.property(command, (text) => {
        const before = asCron(text);
        const after = asCron(wrapCommand(text, wrapping));
        assert.equal(after.input, before.input);
        // The outer shell sees the job as one word in single quotes.
        const quoted = `'${before.text.replaceAll("'", `'\\''`)}'`;
        assert.equal(after.text, `/usr/local/bin/allswell.sh web1-backup -- /bin/sh -c ${quoted}`);
      }),
      { numRuns: 2_000 },
    );
  });

  for (const text of [
    `echo 'it'"'"'s' "$HOME" | tr a-z A-Z`,
    'date +\\%Y-\\%m; echo 100\\%',
    'cat%one%two\\% three',
    `sh -c 'exit 3'`,
    'cd / && pwd; (echo a; echo b) | sort -r',
    `printf '%s\\\\n' "a\\'b"`.replaceAll('%', '\\%'),
    'echo a # comment',
    'cat <&0%',
  ]) {
    test(`runs the same in a real shell: ${text}`, () => {
      const run = (line: string) => {
        const { text: script, input } = asCron(line);
        const { stdout, status } = spawnSync('/bin/sh', ['-c', script], { input: input ?? '', encoding: 'latin1' });
        return { stdout, status };
      };
      const plain = run(text);
      // `env` in place of the wrapper: it takes the slug as a setting and runs what follows.
      const wrapped = wrapCommand(text, { wrapper: '/usr/bin/env', slug: 'a', shell: '/bin/sh' }).replace(
        ' a -- ',
        ' A=a ',
      );
      assert.deepEqual(run(wrapped), plain);
      assert.notEqual(plain.stdout + plain.status, '');
    });
  }
});

test('standard input begins behind the first % that no backslash takes away', () => {
  for (const [text, before, input] of [
    ['a', 'a', ''],
    ['a%b%c', 'a', '%b%c'],
    ['a\\%b', 'a\\%b', ''],
    ['a\\\\%b', 'a\\\\', '%b'],
    ['%', '', '%'],
    ['a\\', 'a\\', ''],
  ] as const) {
    assert.deepEqual(splitInput(text), { text: before, input }, text);
  }
});

test('only what discover wrote is unwrapped', () => {
  for (const line of [
    'backup',
    "allswell run x -- /bin/sh -c 'a'",
    "/usr/bin/env x -- /bin/sh -c 'a'",
    "/usr/local/bin/allswell.sh x -- /bin/sh -c 'a' b",
    "/usr/local/bin/allswell.sh x -- /bin/sh -c 'a'b'",
    '/usr/local/bin/allswell.sh x backup',
  ]) {
    assert.equal(unwrapCommand(line), null, line);
  }
});

test('jobs that report by themselves are seen', () => {
  for (const line of [
    '/usr/local/bin/allswell.sh x backup',
    'cd /srv && allswell run x -- backup',
    'backup && curl -fsS -m 10 --retry 5 -o /dev/null https://watch.example/ping/3f0c6a52',
  ]) {
    assert.ok(isWatched(line), line);
  }
  for (const line of ['/opt/allswell/backup', 'echo allswell', 'ping -c 1 host']) assert.ok(!isWatched(line), line);
});

test('only shells whose single quotes we know are taken', () => {
  for (const shell of ['/bin/sh', '/bin/bash', '/usr/bin/zsh', '/usr/local/bin/dash'])
    assert.ok(isPosixShell(shell), shell);
  for (const shell of ['/usr/bin/fish', '/bin/csh', 'bash', '/bin/my shell/sh', '/bin/false'])
    assert.ok(!isPosixShell(shell), shell);
});
