import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

const LAUNCHER = join(import.meta.dirname, '../../bin/allswell');

describe('bin/allswell', () => {
  const home = mkdtempSync(join(tmpdir(), 'allswell launcher '));
  after(() => rmSync(home, { recursive: true, force: true }));

  /** A program that only says which version of Node it would be, and else what it was started with. */
  function fakeNode(path: string, version: string): string {
    writeFileSync(path, `#!/bin/sh\ncase $1 in -p) echo ${version} ;; *) printf '%s|' "${version}" "$@" ;; esac\n`);
    chmodSync(path, 0o755);
    return path;
  }

  /** A checkout with a launcher and nothing else but what `node` is asked to be there. */
  function checkout(name: string, bundled: string | null): string {
    const root = join(home, name);
    mkdirSync(join(root, 'bin'), { recursive: true });
    mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
    copyFileSync(LAUNCHER, join(root, 'bin/allswell'));
    if (bundled !== null) fakeNode(join(root, 'node_modules/.bin/node'), bundled);
    return root;
  }

  const run = (program: string, args: readonly string[], { path = '', cwd = '/', env = {} } = {}) => {
    const result = spawnSync(program, args, {
      cwd,
      env: { PATH: `${path}:/usr/bin:/bin`, ...env },
      encoding: 'utf8',
      timeout: 20_000,
    });
    return { code: result.status, out: result.stdout, err: result.stderr };
  };

  function systemNode(version: string): string {
    const folder = mkdtempSync(join(home, 'system '));
    fakeNode(join(folder, 'node'), version);
    return folder;
  }

  test('takes the Node that came with npm, whatever the system has, in a path with spaces', () => {
    const root = checkout('my checkout', '26');
    const { code, out } = run(join(root, 'bin/allswell'), ['ping', 'a b', '', '--x=$HOME'], { path: systemNode('20') });
    assert.equal(code, 0);
    assert.equal(out, `26|--disable-warning=ExperimentalWarning|${root}/src/cli/main.ts|ping|a b||--x=$HOME|`);
  });

  test('takes the system’s where none came along and it is new enough', () => {
    const root = checkout('no bundle', null);
    assert.match(run(join(root, 'bin/allswell'), [], { path: systemNode('27') }).out, /^27\|/);
  });

  test('says one sentence and exits 1 where only an old Node is there, or a broken one', () => {
    const root = checkout('old', null);
    for (const version of ['20', 'nonsense', '']) {
      const { code, out, err } = run(join(root, 'bin/allswell'), ['serve'], { path: systemNode(version) });
      assert.equal(code, 1, version);
      assert.equal(out, '');
      assert.match(err, /^allswell needs Node\.js 26 or newer: https:\/\/nodejs\.org [^\n]+\n$/, version);
    }
  });

  test('goes past a bundled Node that does not run here', () => {
    const root = checkout('wrong architecture', '26');
    writeFileSync(join(root, 'node_modules/.bin/node'), '\u007fELF, but not ours');
    assert.match(run(join(root, 'bin/allswell'), ['x'], { path: systemNode('26') }).out, /^26\|.*\|x\|$/);
  });

  test('finds its checkout through links, relative ones too, and from any folder', () => {
    const root = checkout('linked', '26');
    const bin = join(home, 'local bin');
    mkdirSync(bin);
    symlinkSync('../linked/bin/allswell', join(bin, 'allswell'));
    symlinkSync(join(bin, 'allswell'), join(home, 'a'));
    const wanted = `|${root}/src/cli/main.ts|`;
    assert.ok(run(join(bin, 'allswell'), []).out.includes(wanted));
    assert.ok(run(join(home, 'a'), [], { cwd: bin }).out.includes(wanted));
    assert.ok(run('allswell', [], { path: bin, cwd: home }).out.includes(wanted), 'as the shell finds it');
    assert.ok(run('./bin/allswell', [], { cwd: root, env: { CDPATH: home } }).out.includes(wanted));
  });

  test('hands a file with settings on where there is one', () => {
    const root = checkout('settings', '26');
    const file = join(root, 'my.env');
    const start = () => run(join(root, 'bin/allswell'), ['serve'], { env: { ALLSWELL_ENV_FILE: file } }).out;
    assert.ok(!start().includes('--env-file'));
    writeFileSync(file, 'PORT=1\n');
    assert.ok(start().includes(`|--env-file=${file}|${root}/src/cli/main.ts|serve|`));
  });

  const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;
  test('has nothing that shellcheck minds', { skip: hasShellcheck ? false : 'shellcheck is not installed' }, () => {
    const result = spawnSync('shellcheck', [LAUNCHER], { encoding: 'utf8' });
    assert.equal(result.status, 0, result.stdout);
  });
});
