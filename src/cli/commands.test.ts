import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Caller, useApi } from '../../test/harness/api.ts';
import { readConfig } from '../config.ts';
import { findFreePort } from '../platform/free-port.ts';
import { createClient } from './client.ts';
import { type CommandContext, readArguments } from './command.ts';
import { findCommand } from './commands/index.ts';
import { CommandError, EXIT } from './output.ts';

const api = useApi();
/** The server on its port, and the team that asks; made with the first question, when the server is there. */
let scene: Promise<{ readonly caller: Caller; readonly port: number }> | undefined;
function ready() {
  scene ??= api.listen().then(async (port) => ({ port, caller: await api.team() }));
  return scene;
}

async function contextFor(env: Readonly<Record<string, string>>) {
  const { caller, port } = await ready();
  const all = { ALLSWELL_URL: `http://127.0.0.1:${port}`, ALLSWELL_API_KEY: caller.writeKey, ...env };
  const read = readConfig(all, '/nonexistent');
  assert.ok(read.ok);
  const lines: string[] = [];
  const output = { line: (text: string) => void lines.push(text), note: (text: string) => void lines.push(text) };
  const context: CommandContext = { config: read.config, client: createClient(read.config, all), output };
  return { context, lines };
}

/** One command against the server, in this process; answers its exit code and what it said. */
async function run(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const command = findCommand(words);
  assert.ok(command, words.join(' '));
  const { context, lines } = await contextFor(env);
  try {
    const code = await command.run(readArguments(command, words.slice(command.name.split(' ').length)), context);
    return { code: code ?? EXIT.ok, text: lines.join('\n'), error: '' };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { code: error.exitCode, text: lines.join('\n'), error: error.message };
  }
}

async function json(words: readonly string[]) {
  const { code, text, error } = await run([...words, '--json']);
  assert.equal(code, EXIT.ok, error);
  return JSON.parse(text);
}

describe('monitors', () => {
  test('are added with the line for the job, shown, listed and found by id, slug and name', async () => {
    const added = await run([
      'monitor',
      'add',
      'nightly backup',
      '--cron',
      '0 2 * * *',
      '--tz',
      'Europe/Moscow',
      '--slug',
      'nightly',
      '--grace',
      '5m',
      '--tag',
      'db',
      '--tag',
      'night',
    ]);
    assert.equal(added.code, EXIT.ok, added.error);
    assert.match(
      added.text,
      /Add this to the end of the job:\n {2}curl -fsS -m 10 --retry 5 -o \/dev\/null https:\/\/watch\.example\/ping\//,
    );
    const shown = await json(['monitor', 'show', 'nightly']);
    assert.equal(shown.name, 'nightly backup');
    assert.equal(shown.grace_seconds, 300);
    assert.deepEqual(shown.tags, ['db', 'night']);
    assert.equal(shown.schedule.timezone, 'Europe/Moscow');
    const { text } = await run(['monitor', 'show', 'nightly']);
    for (const line of [
      /^slug +nightly$/m,
      /^grace +300 s$/m,
      /^channels +all$/m,
      /^signals +0$/m,
      /^last success +-$/m,
    ])
      assert.match(text, line);
    for (const word of [shown.id, 'nightly backup']) assert.equal((await json(['monitor', 'show', word])).id, shown.id);
    const list = await run(['monitor', 'list', '--tag', 'night']);
    assert.match(list.text, /^STATUS {2}NAME .*\nnew {5}nightly backup {2}heartbeat/);
    assert.equal(list.text.split('\n').length, 2);
  });

  test('as processes come with two lines and their own limits', async () => {
    const added = await run(['monitor', 'add', 'export', '--process', '--max-run', '2h', '--period', '1d']);
    assert.match(added.text, /Put these before and after the job:\n {2}curl .*\/start\n {2}curl /);
    const shown = await json(['monitor', 'show', 'export']);
    assert.equal(shown.max_run_seconds, 7_200);
    const { text } = await run(['monitor', 'show', 'export']);
    for (const line of [/^longest run +7200 s$/m, /^fail +http\S+\/fail$/m]) assert.match(text, line);
    assert.equal(shown.schedule.seconds, 86_400);
    await run(['monitor', 'add', 'endless', '--process', '--max-run', 'none']);
    assert.equal((await json(['monitor', 'show', 'endless'])).max_run_seconds, null);
  });

  test('are pinged, paused, resumed and removed', async () => {
    await run(['monitor', 'add', 'hourly', '--period', '1h', '--key', 'a-key-of-sixteen-characters']);
    const { port } = await ready();
    const url = `http://127.0.0.1:${port}/ping/a-key-of-sixteen-characters`;
    assert.deepEqual(await run(['ping', url]), { code: EXIT.ok, text: 'OK', error: '' });
    assert.equal((await json(['monitor', 'show', 'hourly'])).status, 'up');
    assert.equal((await run(['ping', url, '--exit', '3', '--body', 'disk full'])).code, EXIT.ok);
    assert.equal((await json(['monitor', 'show', 'hourly'])).status, 'down');
    assert.match((await run(['monitor', 'show', 'hourly'])).text, /down/);
    assert.equal((await json(['monitor', 'pause', 'hourly', '--until-success'])).status, 'paused');
    assert.equal((await run(['ping', url, '--start', '--run-id', 'not a uuid'])).code, EXIT.failed);
    assert.equal((await json(['monitor', 'resume', 'hourly'])).status, 'new');
    assert.match((await run(['monitor', 'rm', 'hourly'])).text, /"hourly" is no longer watched; POST .*\/restore/);
    assert.deepEqual(await run(['monitor', 'show', 'hourly']), {
      code: EXIT.failed,
      text: '',
      error: 'there is no monitor with the id, slug or name "hourly"',
    });
  });

  test('are neither pinged nor paused where two options say different things', async () => {
    await run(['monitor', 'add', 'undecided', '--period', '1h']);
    for (const [args, words] of [
      [['ping', 'undecided', '--fail', '--start'], '--start and --fail'],
      [['ping', 'undecided', '--log', '--exit', '0'], '--log and --exit'],
      [
        ['monitor', 'pause', 'undecided', '--until-success', '--until', '2099-01-01T00:00:00Z'],
        '--until and --until-success',
      ],
      [['monitor', 'add', 'other', '--period', '5m', '--cron', '* * * * *'], '--period and --cron'],
    ] as const) {
      const error = `${words} exclude each other`;
      assert.deepEqual(await run([...args]), { code: EXIT.misused, text: '', error });
    }
    const { status, signal_count } = await json(['monitor', 'show', 'undecided']);
    assert.deepEqual({ status, signal_count }, { status: 'new', signal_count: 0 });
  });

  test('of one name are told apart by their ids', async () => {
    for (const _ of [1, 2]) await run(['monitor', 'add', 'twins', '--period', '1h']);
    assert.match((await run(['monitor', 'show', 'twins'])).error, /several monitors are named "twins"; give the id/);
  });

  test('that the server does not take are refused with its own words', async () => {
    const refused = await run(['monitor', 'add', 'x', '--cron', '0 0 30 2 *']);
    assert.equal(refused.code, EXIT.failed);
    assert.match(refused.error, /schedule/);
    const both = await run(['monitor', 'add', 'x', '--cron', '* * * * *', '--period', '5m']);
    assert.equal(both.code, EXIT.misused);
    assert.equal((await run(['monitor', 'add', 'x', '--period', 'soon'])).code, EXIT.misused);
  });
});

describe('channels', () => {
  test('are added, with their secret unseen, and listed', async () => {
    const added = await run(['channel', 'add', 'webhook', '--url', 'http://127.0.0.1:9/hook', '--name', 'ops']);
    assert.match(added.text, /^"ops" \(webhook\) is [0-9a-f-]{36}; try it: allswell channel test /);
    assert.match((await run(['channel', 'list'])).text, /^STATE {2}NAME .*\nok {5}ops {3}webhook {2}[0-9a-f-]{36}/);
    assert.equal((await json(['channel', 'list'])).length, 1);
  });

  test('of an unknown kind, and unknown channels, are refused', async () => {
    const pigeon = await run(['channel', 'add', 'pigeon']);
    assert.equal(pigeon.code, EXIT.misused);
    assert.match(pigeon.error, /"pigeon" is no kind of channel; there are webhook, /);
    assert.equal((await run(['channel', 'add', 'webhook'])).code, EXIT.failed);
    assert.match((await run(['channel', 'test', 'nobody'])).error, /there is no channel with the id or name "nobody"/);
  });
});

describe('the exit code', () => {
  test('is 3 where no server answers, or another one does', async () => {
    const nobody = await findFreePort('127.0.0.1');
    const absent = await run(['monitor', 'list'], { ALLSWELL_URL: `http://127.0.0.1:${nobody}` });
    assert.equal(absent.code, EXIT.unreachable);
    assert.match(absent.error, /^no answer from http:\/\/127\.0\.0\.1:\d+ \(.*\); is allswell running\?$/);
    assert.equal((await run(['ping', `http://127.0.0.1:${nobody}/ping/x`])).code, EXIT.unreachable);
  });

  test('is 4 without a key, with an unknown one, and with one that may not do this', async () => {
    const without = await run(['monitor', 'list'], { ALLSWELL_API_KEY: '', ALLSWELL_DATA: '/nonexistent' });
    assert.equal(without.code, EXIT.forbidden);
    assert.match(without.error, /^no API key: none in ALLSWELL_API_KEY, and no api-key file in \/nonexistent/);
    assert.equal((await run(['monitor', 'list'], { ALLSWELL_API_KEY: 'aw_unknown_but_long' })).code, EXIT.forbidden);
    const reading = { ALLSWELL_API_KEY: (await ready()).caller.readKey };
    assert.equal((await run(['monitor', 'list'], reading)).code, EXIT.ok);
    assert.equal((await run(['monitor', 'add', 'x', '--period', '1h'], reading)).code, EXIT.forbidden);
    await run(['monitor', 'add', 'seen', '--period', '1h']);
    assert.match((await run(['ping', 'seen'], reading)).error, /this key does not see ping URLs/);
  });
});

test('the settings in force are shown without their secrets', async () => {
  const env = { DATABASE_URL: 'postgres://u:hunter2@h/db', ALLSWELL_SECRET_KEY: 'quite a long secret' };
  const shown = await run(['config'], env);
  assert.match(shown.text, /^DATABASE_URL +\(set\) /m);
  assert.doesNotMatch(shown.text, /hunter2|quite a long secret/);
  assert.equal((await json(['config'])).PORT, '8080');
});

test('db stop leaves a database of your own alone', async () => {
  const stopped = await run(['db', 'stop'], { DATABASE_URL: 'postgres://u@h/db' });
  assert.equal(stopped.code, EXIT.failed);
  assert.match(stopped.error, /a PostgreSQL of your own/);
});

describe('sites', () => {
  test('are added with what stands behind them, listed and taken away', async () => {
    for (const name of ['line', 'till', 'camera']) await run(['monitor', 'add', name, '--period', '5m']);
    const misspelt = await run(['site', 'add', 'shop', '--gateway', 'line', '--monitor', 'tillx']);
    assert.match(misspelt.error, /no monitor with the id, slug or name "tillx"/);
    assert.equal((await run(['site', 'add', 'shop'])).code, EXIT.misused);
    const added = await run(['site', 'add', 'shop', '--gateway', 'line', '--monitor', 'till', '--monitor', 'camera']);
    assert.match(added.text, /"shop" is [0-9a-f-]{36}, with 2 behind it/);
    const later = await json(['monitor', 'add', 'scales', '--period', '5m', '--site', 'shop']);
    const [site] = await json(['site', 'list']);
    assert.deepEqual([site.id, site.gateway_name, site.monitors], [later.site_id, 'line', 3]);
    assert.match((await run(['site', 'list'])).text, /lit +shop +line +3 +0/);
    assert.match((await run(['monitor', 'list', '--site', 'shop'])).text, /scales/);
    assert.doesNotMatch((await run(['monitor', 'list', '--site', 'shop'])).text, /line/);
    assert.match((await run(['monitor', 'add', 'x', '--period', '5m', '--site', 'shoq'])).error, /no site with the id/);
    assert.equal((await run(['site', 'rm', 'shop'])).code, EXIT.ok);
    assert.deepEqual(await json(['site', 'list']), []);
  });
});

describe('the team', () => {
  test("is shown with its base for other systems' clients, which can be replaced", async () => {
    const shown = await run(['team', 'show']);
    assert.equal(shown.code, EXIT.ok, shown.error);
    assert.match(shown.text, /^drop-in base +https:\/\/watch\.example\/in\/[0-9A-Za-z]{32}$/m);
    const before = (await json(['team', 'show'])).drop_in_url;
    const rotated = await json(['team', 'rotate-drop-in']);
    assert.notEqual(rotated.drop_in_url, before);
    assert.equal((await json(['team', 'show'])).drop_in_url, rotated.drop_in_url);
    const { caller } = await ready();
    const asReader = await run(['team', 'show'], { ALLSWELL_API_KEY: caller.readKey });
    assert.doesNotMatch(asReader.text, /drop-in|ping key/);
  });
});
