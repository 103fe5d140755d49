/** packaging/install.sh below another root: nothing of this machine is touched. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';

const repository = resolve(import.meta.dirname, '..');
const LIMIT_MS = 30_000;

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const missing = (program: string) => (isOnPath(program) ? false : `${program} is not installed`);

function run(program: string, args: readonly string[], cwd?: string) {
  const result = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    ...(cwd === undefined ? {} : { cwd }),
  });
  return { code: result.status, said: `${result.stdout}${result.stderr}` };
}

describe('install.sh', { skip: process.platform === 'linux' ? false : 'it is for Linux' }, () => {
  let scratch = '';
  let checkout = '';
  let root = '';

  /** What install.sh takes from a checkout, with a node_modules that holds Node alone: copying all of it takes long. */
  before(() => {
    scratch = mkdtempSync(join(tmpdir(), 'allswell-install-'));
    checkout = join(scratch, 'checkout');
    for (const part of ['bin', 'src', 'docs', 'packaging', 'web/src', 'package.json', 'package-lock.json']) {
      cpSync(join(repository, part), join(checkout, part), { recursive: true });
    }
    mkdirSync(join(checkout, 'web/dist'));
    writeFileSync(join(checkout, 'web/dist/index.html'), '<!doctype html>');
    for (const page of ['LICENSE', 'README.md', 'CHANGELOG.md']) cpSync(join(repository, page), join(checkout, page));
    mkdirSync(join(checkout, 'node_modules/.bin'), { recursive: true });
    symlinkSync(process.execPath, join(checkout, 'node_modules/.bin/node'));
  });
  beforeEach(() => {
    root = mkdtempSync(join(scratch, 'root-'));
  });
  after(() => rmSync(scratch, { recursive: true, force: true }));

  const install = (...args: string[]) =>
    run(join(checkout, 'packaging/install.sh'), ['--destdir', root, '--copy-modules', ...args]);
  const inRoot = (path: string) => join(root, path);
  const modeOf = (path: string) => (statSync(inRoot(path)).mode & 0o777).toString(8);

  test('puts the program, the settings, the unit, the command and the folders in their places', () => {
    const { code, said } = install();
    assert.equal(code, 0, said);
    assert.match(said, /user, owners and service are left/);
    for (const path of ['opt/allswell/src/main.ts', 'opt/allswell/bin/allswell', 'etc/systemd/system/allswell.service'])
      assert.ok(existsSync(inRoot(path)), path);
    assert.equal(modeOf('etc/allswell/allswell.env'), '640');
    assert.equal(modeOf('var/lib/allswell'), '700');
    assert.equal(modeOf('usr/local/bin/allswell'), '755');
    assert.equal(existsSync(inRoot('opt/allswell.new')), false);
  });

  test('brings the dashboard that was built, and not what it was built from', () => {
    assert.equal(install().code, 0);
    assert.deepEqual(readdirSync(inRoot('opt/allswell/web')), ['dist']);
    assert.ok(existsSync(inRoot('opt/allswell/web/dist/index.html')));
  });

  test('refuses to install without a dashboard', () => {
    const built = join(checkout, 'web/dist');
    rmSync(built, { recursive: true });
    try {
      const { code, said } = install();
      assert.equal(code, 1);
      assert.match(said, /there is no dashboard .*run npm ci first/);
      assert.equal(existsSync(inRoot('opt/allswell')), false);
    } finally {
      mkdirSync(built);
      writeFileSync(join(built, 'index.html'), '<!doctype html>');
    }
  });

  test('installs a program that finds its Node', () => {
    assert.equal(install().code, 0);
    // npm ci brings the other packages in a real installation.
    for (const name of readdirSync(join(repository, 'node_modules')).filter((name) => !name.startsWith('.'))) {
      symlinkSync(join(repository, 'node_modules', name), inRoot(`opt/allswell/node_modules/${name}`));
    }
    const { code, said } = run(inRoot('opt/allswell/bin/allswell'), ['help'], root);
    assert.equal(code, 0, said);
    assert.match(said, /allswell serve/);
  });

  test('leaves the program readable for everybody and writable for its owner alone, whatever the umask', () => {
    const script = join(checkout, 'packaging/install.sh');
    const { code, said } = run('sh', ['-c', `umask 000; "${script}" --destdir "${root}" --copy-modules`]);
    assert.equal(code, 0, said);
    assert.equal(modeOf('opt/allswell/src/main.ts'), '644');
    assert.equal(modeOf('opt/allswell/src'), '755');
  });

  test('run again brings the program up to date and keeps settings and data', () => {
    assert.equal(install().code, 0);
    writeFileSync(inRoot('etc/allswell/allswell.env'), 'PORT=9000\n');
    writeFileSync(inRoot('var/lib/allswell/api-key'), 'kept');
    writeFileSync(inRoot('opt/allswell/src/gone.ts'), 'of an earlier version');
    const { code, said } = install();
    assert.equal(code, 0, said);
    assert.match(said, /kept .*allswell\.env/);
    assert.equal(readFileSync(inRoot('etc/allswell/allswell.env'), 'utf8'), 'PORT=9000\n');
    assert.equal(readFileSync(inRoot('var/lib/allswell/api-key'), 'utf8'), 'kept');
    assert.equal(existsSync(inRoot('opt/allswell/src/gone.ts')), false);
    assert.equal(existsSync(inRoot('opt/allswell.old')), false);
  });

  test('uninstalls the program and keeps settings and data, unless told to purge', () => {
    assert.equal(install().code, 0);
    const kept = install('--uninstall');
    assert.equal(kept.code, 0, kept.said);
    for (const path of ['opt/allswell', 'usr/local/bin/allswell', 'etc/systemd/system/allswell.service'])
      assert.equal(existsSync(inRoot(path)), false, path);
    assert.ok(existsSync(inRoot('etc/allswell/allswell.env')));
    assert.ok(existsSync(inRoot('var/lib/allswell')));
    const purged = install('--uninstall', '--purge');
    assert.equal(purged.code, 0, purged.said);
    assert.equal(existsSync(inRoot('etc/allswell')), false);
    assert.equal(existsSync(inRoot('var/lib/allswell')), false);
  });

  test('refuses what it does not understand, and changes nothing', () => {
    assert.equal(run(join(checkout, 'packaging/install.sh'), ['--destdir', root, '--nonsense']).code, 2);
    assert.match(install('--purge').said, /--purge goes with --uninstall/);
    assert.match(run(join(checkout, 'packaging/install.sh'), ['--destdir', '/']).said, /must not be \//);
    assert.equal(existsSync(inRoot('opt')), false);
  });

  test('a failed install leaves what was there before', () => {
    assert.equal(install().code, 0);
    writeFileSync(inRoot('opt/allswell/mark'), 'the version before');
    const modules = join(checkout, 'node_modules');
    const aside = join(checkout, 'aside');
    cpSync(modules, aside, { recursive: true, verbatimSymlinks: true });
    rmSync(modules, { recursive: true });
    try {
      const { code, said } = install();
      assert.equal(code, 1);
      assert.match(said, /there is no node_modules/);
      assert.ok(existsSync(inRoot('opt/allswell/mark')));
    } finally {
      cpSync(aside, modules, { recursive: true, verbatimSymlinks: true });
    }
  });
});

describe('the scripts and the unit', () => {
  test('shellcheck has nothing to say', { skip: missing('shellcheck') }, () => {
    const { code, said } = run('shellcheck', ['packaging/install.sh', 'bin/allswell', '.ci/run'], repository);
    assert.equal(code, 0, said);
  });

  test('systemd understands the unit', { skip: missing('systemd-analyze') }, () => {
    // Only its words are asked about: the program that it starts is not installed here.
    const { said } = run('systemd-analyze', ['verify', 'packaging/allswell.service'], repository);
    const lines = said
      .split('\n')
      .filter((line) => line.includes('allswell.service') && !line.includes('not executable'));
    assert.deepEqual(lines, []);
  });
});
