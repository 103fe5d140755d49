/** allswell.sh under every shell that it is written for, with real processes and a real server. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { waitFor } from '../../test/harness/wait-for.ts';
import { findFreePort } from '../platform/free-port.ts';
import { isAlive, KEY, kindsOf, queryOf, RUN, SHELL_RUN, useScene } from './testing/scene.ts';

const AT_MOST_MS = 12_000;
const TEAM = 'kT4mPq8Zr2Lw9XnB3vYc7D';

interface Shell {
  readonly name: string;
  readonly command: readonly string[];
  /** Folders to look for programs in, where they are not the usual ones. */
  readonly path?: string;
}

const pathOf = (program: string): string | null => {
  const folders = (process.env.PATH ?? '').split(':');
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path)) ?? null;
};

const made: string[] = [];
after(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

function shellNamed(name: string): Shell | null {
  const path = pathOf(name);
  return path === null ? null : { name, command: [path] };
}

/** A host that has nothing but busybox: no curl, no coreutils, no util-linux. */
function busybox(): Shell | null {
  const path = pathOf('busybox');
  if (path === null) return null;
  const folder = mkdtempSync(join(tmpdir(), 'allswell-busybox-'));
  made.push(folder);
  for (const applet of execFileSync(path, ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
    symlinkSync(path, join(folder, applet));
  }
  return { name: 'busybox ash, and nothing but busybox', command: [join(folder, 'ash')], path: folder };
}

/** The same shell with wget instead of curl. */
function withWget(): Shell | null {
  const shell = shellNamed('dash');
  if (shell === null || pathOf('wget') === null) return null;
  const folder = mkdtempSync(join(tmpdir(), 'allswell-wget-'));
  made.push(folder);
  const programs = [
    'sh',
    'cat',
    'date',
    'env',
    'mkfifo',
    'rm',
    'sed',
    'setsid',
    'sleep',
    'tail',
    'tee',
    'timeout',
    'tr',
    'true',
  ];
  for (const program of [...programs, 'wc', 'wget', 'grep', 'yes', 'head', 'seq', 'mktemp', 'rmdir']) {
    const path = pathOf(program);
    if (path !== null) symlinkSync(path, join(folder, program));
  }
  return { ...shell, name: 'dash with wget', path: folder };
}

const shells: readonly (readonly [string, Shell | null])[] = [
  ['dash', shellNamed('dash')],
  ['bash', shellNamed('bash')],
  ['busybox', busybox()],
  ['wget', withWget()],
];

for (const [program, shell] of shells) {
  describe(`allswell.sh under ${shell?.name ?? program}`, { skip: shell === null && `${program} is not here` }, () => {
    if (shell === null) return;
    const scene = useScene();
    /** Where the script keeps the files of a run. */
    const place = () => join(scene.folder, 'tmp');
    const environment = () => {
      mkdirSync(place(), { recursive: true });
      return { TMPDIR: place(), ...(shell.path === undefined ? {} : { PATH: shell.path }) };
    };
    const start = (words: readonly string[], more: { env?: Record<string, string>; input?: string } = {}) =>
      scene.start([...shell.command, SHELL_RUN, ...words], { ...more, env: { ...environment(), ...more.env } });
    const run = (...words: string[]) => start([scene.pingUrl, ...words]).ended;

    test('reports start and end under one run id, which the job sees too', async () => {
      const ended = await run('sh', '-c', 'echo "$ALLSWELL_RUN_ID"; echo "$ALLSWELL_MONITOR" >&2; sleep 0.2; exit 3');
      assert.equal(ended.code, 3);
      assert.equal(ended.stderr.trim(), scene.pingUrl);
      assert.deepEqual(kindsOf(scene.server), ['start', '3']);
      const runId = ended.stdout.trim();
      for (const [index, kind] of ['start', 'end'].entries()) {
        const request = scene.server.requests[index];
        assert.ok(request);
        assert.equal(queryOf(request).get('rid'), runId);
        assert.equal(request.headers['idempotency-key'], `${runId}:${kind}`);
      }
      assert.deepEqual(readdirSync(place()), [], 'nothing is left behind');
    });

    test('keeps stdout, stderr and stdin apart and whole, and sends their ends', async () => {
      const ended = await start([scene.pingUrl, 'sh', '-c', 'cat; echo b >/dev/stderr; printf c'], { input: 'a\n' })
        .ended;
      assert.equal(ended.stdout, 'a\nc');
      assert.equal(ended.stderr, 'b\n');
      const { text } = await scene.end();
      assert.match(text, /^exit 0 after \d+ s\nout\| a\nout\| c\n?err\| b\n$/);
    });

    for (const [line, code] of [
      ['exit 0', 0],
      ['exit 255', 255],
      ['kill -TERM $$', 143],
      ['kill -KILL $$', 137],
    ] as const) {
      test(`answers ${code} for ${line}`, async () => {
        assert.equal((await run('sh', '-c', line)).code, code);
        assert.deepEqual(kindsOf(scene.server).sort(), [String(code), 'start'].sort());
      });
    }

    test('answers 127 and 126 as a shell does', async () => {
      assert.equal((await run('/nowhere/backup')).code, 127);
      const file = join(scene.folder, 'plain');
      writeFileSync(file, 'no program');
      assert.equal((await run(file)).code, 126);
    });

    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGINT'] as const) {
      test(`hands ${signal} to the job and everything it started`, async () => {
        const name = signal.slice(3);
        // What cannot be told to a job in the background is told as SIGTERM.
        const names = signal === 'SIGINT' ? 'INT TERM' : name;
        const inner = `trap "echo inner; exit 0" ${names}; echo ready; while :; do sleep 0.05; done`;
        const running = start([scene.pingUrl, 'sh', '-c', `trap 'exit 7' ${names}; sh -c '${inner}'; exit 3`]);
        await running.line(/^ready$/);
        running.child.kill(signal);
        const ended = await running.ended;
        assert.equal(ended.code, 7);
        assert.match(ended.stdout, /^inner$/m);
        assert.match((await scene.end()).path, /\/7\?/);
      });
    }

    test('ends a job that ignores SIGTERM, and still reports', async () => {
      const job = "trap '' TERM; echo ready $$; while :; do sleep 0.2; done";
      const running = start(['-k', '1', scene.pingUrl, 'sh', '-c', job]);
      const pid = Number((await running.line(/^ready/)).split(' ')[1]);
      running.child.kill('SIGTERM');
      assert.equal((await running.ended).code, 137);
      assert.equal(isAlive(pid), false);
      assert.match((await scene.end()).path, /\/137\?/);
    });

    test('leaves the job alone when it is killed itself', async () => {
      const done = join(scene.folder, 'done');
      const running = start([scene.pingUrl, 'sh', '-c', `echo ready; sleep 0.3; echo more; echo done > ${done}`]);
      await running.line(/^ready$/);
      running.child.kill('SIGKILL');
      await waitFor('the job goes on, and may speak', () => existsSync(done));
      await running.ended;
    });

    test('holds a time limit', async () => {
      const ended = await start(['-t', '1s', scene.pingUrl, 'sleep', '60']).ended;
      assert.equal(ended.code, 124);
      const { path, text } = await scene.end();
      assert.match(path, /\/124\?/);
      assert.match(text, /stopped by its time limit/);
    });

    test('lets a job speak on when nobody listens any more', async () => {
      const done = join(scene.folder, 'done');
      const job = `yes | head -c 500000; echo yes > ${done}`;
      const line = `${[...shell.command, SHELL_RUN].join(' ')} ${scene.pingUrl} sh -c '${job}' | true`;
      await scene.start([...shell.command, '-c', line], { env: environment() }).ended;
      await waitFor('the job comes to its end', () => existsSync(done));
      assert.match((await scene.end()).path, /\/0\?/);
    });

    test('keeps of much output the end', async () => {
      const ended = await run('seq', '1', '50000');
      assert.equal(ended.stdout.split('\n').length, 50_001);
      const { body, text } = await scene.end();
      assert.ok(body.length < 64_000);
      assert.match(text, /out\| 50000\n$/);
    });

    test('does not wait for what the job leaves behind, and lets it keep its output', async () => {
      const [file, goOn] = [join(scene.folder, 'output'), join(scene.folder, 'go-on')];
      const job = `(while [ ! -e ${goOn} ]; do sleep 0.05; done; echo late) & echo early`;
      const line = `${[...shell.command, SHELL_RUN].join(' ')} ${scene.pingUrl} sh -c '${job}' > ${file} 2>/dev/null`;
      const ended = await scene.start([...shell.command, '-c', line], { env: environment() }).ended;
      assert.equal(ended.code, 0);
      assert.ok(ended.ms < AT_MOST_MS);
      writeFileSync(goOn, '');
      await waitFor('the late line', () => readFileSync(file, 'utf8') === 'early\nlate\n');
    });

    test('takes a name with the ping key of the team, as the script of Cronflow is called', async () => {
      const file = join(scene.folder, 'key');
      writeFileSync(file, `${TEAM}\n`);
      const more = { ALLSWELL_PING_URL: `${scene.server.url}/`, ALLSWELL_PING_KEY: `file:${file}` };
      const script = join(scene.folder, 'backup_database.sh');
      writeFileSync(script, '#!/bin/sh\nexit 5\n', { mode: 0o755 });
      assert.equal((await start(['daily-database-backup', script], { env: more }).ended).code, 5);
      assert.equal((await start(['Daily Backup!', 'true'], { env: more }).ended).code, 0);
      assert.equal((await start([KEY, 'true'], { env: more }).ended).code, 0);
      const paths = scene.server.requests
        .map(({ path }) => path.split('?')[0])
        .filter((path) => !path?.endsWith('start'));
      assert.deepEqual(paths, [
        `/ping/${TEAM}/daily-database-backup/5`,
        `/ping/${TEAM}/daily-backup/0`,
        `/ping/${KEY}/0`,
      ]);
    });

    test('runs the job when nobody can be told', async () => {
      const nameless = await start(['Nightly backup', 'sh', '-c', 'echo well; exit 4']).ended;
      assert.equal(nameless.code, 4);
      assert.equal(nameless.stdout, 'well\n');
      assert.match(nameless.stderr, /^allswell\.sh: Nightly backup: a name needs the team's ping key[^\n]*\n$/);
      const refusing = `http://127.0.0.1:${await findFreePort('127.0.0.1')}/ping/${KEY}`;
      for (const url of [refusing, `http://allswell.invalid/ping/${KEY}`]) {
        const ended = await start([url, 'sh', '-c', 'exit 4']).ended;
        assert.equal(ended.code, 4);
        assert.ok(ended.ms < AT_MOST_MS, `${ended.ms} ms`);
        assert.match(ended.stderr, /^allswell\.sh: the end could not be reported[^\n]*\n$/);
      }
    });

    test('does not wait long for a server that hangs', async () => {
      scene.server.setReply({ hang: true });
      const ended = await run('sh', '-c', 'exit 4');
      assert.equal(ended.code, 4);
      assert.ok(ended.ms < AT_MOST_MS, `${ended.ms} ms`);
    });
  });
}

describe('the wrappers as files', () => {
  test('are programs that can be started as they are', () => {
    for (const path of [RUN, SHELL_RUN]) {
      assert.match(execFileSync(path, ['--help'], { encoding: 'utf8' }), /^usage: /);
    }
  });

  const skip = pathOf('shellcheck') === null && 'shellcheck is not here';
  test('allswell.sh has nothing that shellcheck minds', { skip }, () => {
    execFileSync('shellcheck', ['--shell=sh', SHELL_RUN], { stdio: 'pipe' });
  });
});
