import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type CliOptions, LAUNCHER, runCli } from '../../test/e2e/cli-process.ts';
import { makeFolder, removeFolder, type ServerProcess, startServer } from '../../test/e2e/server-process.ts';
import { findRunning } from '../store/postgres/left.ts';
import { endServer, newScene } from '../store/postgres/testing/scene.ts';

const folder = makeFolder();
const at = (name: string) => join(folder, name);
const servers: ServerProcess[] = [];
after(async () => {
  for (const server of servers) {
    server.child.kill('SIGKILL');
    await server.ended;
  }
  for (const name of ['a', 'b', 'c', 'd']) await endServer(at(name));
  removeFolder(folder);
});

/** A server that ends with the tests, whatever becomes of them. */
function serve(env: Readonly<Record<string, string>>): ServerProcess {
  const server = startServer(folder, env);
  servers.push(server);
  return server;
}

/** A command that answers an exit code and JSON, or one line of complaint. */
async function cli(args: readonly string[], env: CliOptions['env'] = {}, input?: Buffer) {
  const ended = await runCli(args, {
    cwd: folder,
    env,
    ...(input === undefined ? {} : { input }),
  });
  const text = ended.stdout.toString();
  return { ...ended, text, json: text.startsWith('{\n') ? JSON.parse(text) : null };
}

/** An install with one monitor and one channel, its server stopped again; answers the file of its export. */
async function makeInstall(): Promise<void> {
  const server = serve({ ALLSWELL_DATA: at('a') });
  await server.ready();
  const env = { ALLSWELL_DATA: at('a') };
  assert.equal((await cli(['monitor', 'add', 'nightly', '--period', '1d'], env)).code, 0);
  assert.equal((await cli(['channel', 'add', 'webhook', '--url', 'http://127.0.0.1:9/x'], env)).code, 0);

  // While the server runs: through its socket.
  const file = await cli(['export', 'a.ndjson.gz', '--history', '--json'], env);
  assert.equal(file.code, 0, file.stderr);
  assert.deepEqual([file.json.tables.monitor, file.json.tables.channel, file.json.schema >= 1], [1, 1, true]);
  assert.equal((await stat(at('a.ndjson.gz'))).mode & 0o777, 0o600);
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith('.part')),
    [],
  );
  for (const words of [
    ['db', 'stop'],
    ['import', 'a.ndjson.gz', '--replace'],
  ]) {
    const refused = await cli(words, env);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^allswell: Another allswell \(process \d+\) uses the data folder .*: stop it first/);
    assert.equal(refused.stderr.trimEnd().split('\n').length, 1);
  }
  server.child.kill('SIGKILL');
  await server.ended;
}
const installed = makeInstall();

describe('a data folder whose server was killed', () => {
  test('has its database stopped by db stop, in order, once', async () => {
    await installed;
    const env = { ALLSWELL_DATA: at('a') };
    assert.notEqual(await findRunning(at('a')), null);
    const stopped = await cli(['db', 'stop', '--json'], env);
    assert.equal(stopped.code, 0, stopped.stderr);
    assert.ok(stopped.json.stopped_pid > 0);
    assert.equal(await findRunning(at('a')), null);
    const again = await cli(['db', 'stop'], env);
    assert.deepEqual([again.code, again.text], [0, `no PostgreSQL runs in ${at('a')}\n`]);
    const none = await cli(['db', 'stop', '--force'], { ALLSWELL_DATA: at('nothing') });
    assert.deepEqual([none.code, none.text], [0, `no PostgreSQL runs in ${at('nothing')}\n`]);
    assert.ok(!(await readdir(folder)).includes('nothing'), 'looking makes no folder');
  });

  test('is exported all the same, and nothing is left running', async () => {
    await installed;
    const { code, stdout, stderr } = await runCli(['export', '-'], { cwd: folder, env: { ALLSWELL_DATA: at('a') } });
    assert.equal(code, 0, stderr);
    assert.match(stdout.toString(), /^\{"allswell_export":1,/);
    assert.match(stdout.toString(), /\n\{"end":true,[^\n]+\}\n$/);
    assert.match(stderr, /rows from PostgreSQL 18 in .*, (started for this|found running) in [\d.]+ s → -/);
    assert.equal(await findRunning(at('a')), null);
  });
});

describe('an import from the command line', () => {
  test('into a new folder needs the key, and then a server goes on there', async () => {
    await installed;
    const env = { ALLSWELL_DATA: at('b') };
    const without = await cli(['import', 'a.ndjson.gz'], env);
    assert.equal(without.code, 4);
    assert.match(
      without.stderr,
      /^allswell: the secrets in the file need its secret key \S+, and there is none here: /,
    );
    assert.ok(!(await readdir(folder)).includes('b'), 'nothing was made before');
    const done = await cli(['import', 'a.ndjson.gz', '--old-secret-key-file', at('a/secret-key'), '--json'], env);
    assert.equal(done.code, 0, done.stderr);
    assert.equal(done.json.unreadable_secrets, 0);
    assert.notEqual(await readFile(at('b/secret-key'), 'utf8'), await readFile(at('a/secret-key'), 'utf8'));
    assert.equal(await findRunning(at('b')), null);

    const server = serve(env);
    await server.ready();
    const monitors = JSON.parse((await cli(['monitor', 'list', '--json'], env)).text);
    assert.deepEqual(
      monitors.map((monitor: { name: string }) => monitor.name),
      ['nightly'],
    );
    const channels = JSON.parse((await cli(['channel', 'list', '--json'], env)).text);
    // Masked, and so it was read: its secret is sealed with the new key.
    assert.equal(channels[0].config.url, 'http://127.0.0.1:9/***');
    server.child.kill('SIGTERM');
    assert.equal(await server.ended, 0);
    const full = await cli(['import', 'a.ndjson.gz', '--old-secret-key-file', at('a/secret-key')], env);
    assert.equal(full.code, 1);
    assert.match(full.stderr, /this database is not empty: .* --replace/);
  });

  test('moves the install to a PostgreSQL of your own, and from there back into a file', async (t) => {
    await installed;
    const own = await (await newScene(t)).open({ parameters: {} });
    const { host, port } = own.connection;
    const env = {
      DATABASE_URL: `postgres://allswell@localhost/allswell?host=${encodeURIComponent(host)}&port=${port}`,
      ALLSWELL_SECRET_KEY: (await readFile(at('a/secret-key'), 'utf8')).trim(),
      ALLSWELL_DATA: at('d'),
    };
    const piped = await cli(['import', '-', '--json'], env, await readFile(at('a.ndjson.gz')));
    assert.equal(piped.code, 0, piped.stderr);
    const server = serve(env);
    await server.ready();
    const monitors = JSON.parse((await cli(['monitor', 'list', '--json'], env)).text);
    assert.equal(monitors.length, 1);
    const running = await cli(['import', 'a.ndjson.gz', '--replace'], env);
    assert.equal(running.code, 1);
    assert.match(running.stderr, /a server runs on this database \(process \d+ on /);
    const back = await cli(['export', 'back.ndjson', '--json'], env);
    assert.equal(back.code, 0, back.stderr);
    assert.equal(back.json.tables.monitor, 1);
    server.child.kill('SIGTERM');
    assert.equal(await server.ended, 0);
    const checked = await cli(['import', 'back.ndjson', '--check', '--json']);
    assert.equal(checked.code, 0);
    assert.deepEqual(checked.json.tables, back.json.tables);
  });

  test('that is called off in the middle leaves nothing and nothing running', async () => {
    await installed;
    const { stdout } = await runCli(['export', '-', '--history'], { cwd: folder, env: { ALLSWELL_DATA: at('a') } });
    await copyFile(at('a/secret-key'), at('c-key'));
    const secret = (await readFile(at('c-key'), 'utf8')).trim();
    const env = { PATH: process.env.PATH ?? '', ALLSWELL_DATA: at('c'), ALLSWELL_SECRET_KEY: secret };
    const child = spawn(LAUNCHER, ['import', '-', '--progress'], { cwd: folder, env });
    let said = '';
    const begun = new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk) => {
        said += chunk;
        if (/rows/.test(said)) resolve();
      });
    });
    child.stdin.write(stdout.subarray(0, stdout.lastIndexOf('{"end"')));
    await begun;
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    assert.equal(code, 1, said);
    assert.match(said, /allswell: it was called off; nothing was changed\n$/);
    assert.equal(await findRunning(at('c')), null);
    const empty = await cli(['export', 'c.ndjson'], { ALLSWELL_DATA: at('c') });
    assert.equal(empty.code, 1);
    assert.match(empty.stderr, /there is nothing of allswell in this database/);
  });

  test('refuses files that are not there, not whole or not ours, before anything is made', async () => {
    await installed;
    const whole = await readFile(at('a.ndjson.gz'));
    await writeFile(at('cut.gz'), whole.subarray(0, whole.length - 20));
    await writeFile(at('other'), 'something else\n');
    const env = { ALLSWELL_DATA: at('never') };
    for (const [file, words] of [
      ['absent.ndjson', /^allswell: ENOENT: no such file or directory, \w+ 'absent\.ndjson'\n$/],
      ['cut.gz', /^allswell: the file ends in the middle: it was cut, or is still being written\n$/],
      ['other', /^allswell: this is not a file that allswell export has written\n$/],
    ] as const) {
      for (const check of [[], ['--check']]) {
        const refused = await cli(['import', file, ...check], env);
        assert.equal(refused.code, 1, file);
        assert.match(refused.stderr, words);
      }
    }
    assert.equal((await cli(['import', 'other', '--check', '--replace'], env)).code, 2);
    const nowhere = await cli(['export', 'x.ndjson'], env);
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stderr, /^allswell: there is no database in .*never: set ALLSWELL_DATA or DATABASE_URL\n$/);
    const unreachable = { DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:9/x' };
    for (const words of [
      ['export', 'x.ndjson'],
      ['import', 'a.ndjson.gz', '--old-secret-key-file', at('a/secret-key')],
    ]) {
      const refused = await cli(words, unreachable);
      assert.equal(refused.code, 3, refused.stderr);
      assert.match(refused.stderr, /^allswell: the database does not let us in: .*ECONNREFUSED/);
      assert.doesNotMatch(refused.stderr, /hunter2/);
    }
    assert.deepEqual(
      (await readdir(folder)).filter((name) => /^(never|x\.|data)/.test(name)),
      [],
    );
  });
});
