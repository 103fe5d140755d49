import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { waitFor } from '../../test/harness/wait-for.ts';
import { isAlive, kindsOf, metricOf, NODES, queryOf, RUN, useScene } from './testing/scene.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const JOB_THAT_IGNORES_TERM = "trap '' TERM; echo ready $$; while :; do sleep 0.2; done";

for (const node of NODES) {
  describe(`allswell run on ${node === process.execPath ? 'this Node' : node}`, () => {
    const scene = useScene(node);
    const run = (...words: string[]) => scene.run([scene.pingUrl, ...words]);
    const sh = (line: string, ...options: string[]) => run(...options, '--', 'sh', '-c', line);
    const startSh = (line: string, ...options: string[]) =>
      scene.start([node, RUN, scene.pingUrl, ...options, '--', 'sh', '-c', line]);

    test('reports start and end under one run id, which the job sees too', async () => {
      const ended = await sh('echo "$ALLSWELL_RUN_ID"; echo "$ALLSWELL_MONITOR" >&2');
      assert.deepEqual(kindsOf(scene.server), ['start', '0']);
      const runId = ended.stdout.trim();
      assert.match(runId, UUID);
      assert.equal(ended.stderr.trim(), scene.pingUrl);
      for (const [index, kind] of ['start', 'end'].entries()) {
        const request = scene.server.requests[index];
        assert.ok(request);
        assert.equal(queryOf(request).get('rid'), runId);
        assert.equal(request.headers['idempotency-key'], `${runId}:${kind}`);
        assert.equal(queryOf(request).get('at'), null, 'what is told at once needs no time');
      }
    });

    for (const [line, code, kind] of [
      ['exit 0', 0, '0'],
      ['exit 1', 1, '1'],
      ['exit 255', 255, '255'],
      ['kill -TERM $$', 143, '143'],
      ['kill -KILL $$', 137, '137'],
      ['kill -ABRT $$', 134, '134'],
    ] as const) {
      test(`answers ${code} for ${line}`, async () => {
        assert.equal((await sh(line)).code, code);
        assert.deepEqual(kindsOf(scene.server), ['start', kind]);
      });
    }

    test('answers 127 for a program that is not there, and says so', async () => {
      const ended = await run('--', '/nowhere/backup');
      assert.equal(ended.code, 127);
      assert.equal(ended.stderr, 'allswell: /nowhere/backup: not found\n');
      assert.deepEqual(kindsOf(scene.server), ['127']);
    });

    test('answers 126 for a file that may not be executed', async () => {
      const file = join(scene.folder, 'plain');
      writeFileSync(file, 'no program');
      const ended = await run('--', file);
      assert.equal(ended.code, 126);
      assert.deepEqual(kindsOf(scene.server), ['126']);
    });

    test('knows exit codes that are a success', async () => {
      assert.equal((await sh('exit 2', '--ok-codes', '0,2')).code, 2);
      assert.equal((await sh('exit 0', '--ok-codes=3')).code, 0);
      assert.deepEqual(kindsOf(scene.server), ['start', '', 'start', 'fail']);
    });

    test('keeps stdout, stderr and stdin apart and whole', async () => {
      const ended = await scene.run([scene.pingUrl, '--', 'sh', '-c', 'cat; echo b >/dev/stderr; printf c'], {
        input: 'a\n',
      });
      assert.equal(ended.stdout, 'a\nc');
      assert.equal(ended.stderr, 'b\n');
      const { text } = await scene.end();
      assert.match(text, /^exit 0 after \d+\.\d s$/m);
      for (const line of ['out| a', 'out| c', 'err| b']) assert.ok(text.includes(`${line}\n`), text);
    });

    test('passes on what has no line end yet', async () => {
      const running = startSh('printf begin; printf "ning\\n"; read _ < "$0"');
      await running.line(/^beginning$/);
      running.child.kill('SIGKILL');
      await running.ended;
    });

    test('runs the arguments as they are, and a line of sh where that is asked for', async () => {
      assert.equal((await run('--', 'printf', '%s|', 'a b', '$HOME', "'")).stdout, "a b|$HOME|'|");
      assert.equal((await run('--shell', '--', 'echo a | tr a b')).stdout, 'b\n');
      assert.equal((await run('echo', '--strict', '--', 'x')).stdout, '--strict -- x\n', 'without a separator');
      assert.equal((await run('--timeout', '1m', 'echo', 'y')).stdout, 'y\n');
      assert.equal((await run('--unknown', 'echo', '--', 'echo', 'z')).stdout, 'z\n', 'a slip never changes the job');
    });

    test('works as the SHELL of a crontab', async () => {
      chmodSync(RUN, 0o755);
      const env = { ALLSWELL_MONITOR: scene.pingUrl, SHELL: RUN };
      const ended = await scene.start([node, RUN, '-c', 'echo $SHELL; exit 4'], { env }).ended;
      assert.equal(ended.code, 4);
      assert.equal(ended.stdout, '/bin/sh\n');
      assert.deepEqual(kindsOf(scene.server), ['start', '4']);
    });

    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
      test(`hands ${signal} to the job and everything it started`, async () => {
        const name = signal.slice(3);
        const inner = `trap "echo inner; exit 0" ${name}; echo ready; while :; do sleep 0.05; done`;
        const running = startSh(`trap 'exit 7' ${name}; sh -c '${inner}'; exit 3`);
        await running.line(/^ready$/);
        running.child.kill(signal);
        const ended = await running.ended;
        assert.equal(ended.code, 7);
        assert.match(ended.stdout, /^inner$/m);
        assert.deepEqual(kindsOf(scene.server), ['start', '7']);
      });
    }

    test('ends a job that ignores SIGTERM, and still reports', async () => {
      const running = startSh(JOB_THAT_IGNORES_TERM, '--kill-after', '200ms');
      const pid = Number((await running.line(/^ready/)).split(' ')[1]);
      running.child.kill('SIGTERM');
      const ended = await running.ended;
      assert.equal(ended.code, 137);
      assert.equal(isAlive(pid), false);
      assert.deepEqual(kindsOf(scene.server), ['start', '137']);
      assert.match((await scene.end()).text, /^ended by SIGKILL after/);
    });

    test('leaves the job alone when it is killed itself', async () => {
      const done = join(scene.folder, 'done');
      const running = startSh(`echo ready $$; sleep 0.3; echo done > ${done}`);
      await running.line(/^ready/);
      running.child.kill('SIGKILL');
      await running.ended;
      const { existsSync } = await import('node:fs');
      await waitFor('the job goes on', () => existsSync(done));
    });

    test('holds a time limit', async () => {
      const ended = await sh('sleep 60', '--timeout', '200ms');
      assert.equal(ended.code, 124);
      assert.deepEqual(kindsOf(scene.server), ['start', '124']);
      assert.match((await scene.end()).text, /^stopped by its time limit after/);
    });

    test('holds a time limit against a job that ignores SIGTERM', async () => {
      assert.equal((await sh(JOB_THAT_IGNORES_TERM, '--timeout=200ms', '--kill-after=200ms')).code, 124);
    });

    test('lets a job speak on when nobody listens any more', async () => {
      const done = join(scene.folder, 'done');
      const line = `${node} ${RUN} ${scene.pingUrl} -- sh -c 'yes | head -c 500000; echo yes > ${done}; exit 5' | true`;
      const ended = await scene.start(['bash', '-c', `set -o pipefail; ${line}`]).ended;
      assert.equal(ended.code, 5);
      assert.equal(metricOf((await scene.end()).text, 'output_bytes'), 500_000);
    });

    test('does not wait for what the job leaves behind, and lets it keep its output', async () => {
      const file = join(scene.folder, 'output');
      const goOn = join(scene.folder, 'go-on');
      const late = `while [ ! -e ${goOn} ]; do sleep 0.05; done; echo late`;
      const command = `${node} ${RUN} ${scene.pingUrl} -- sh -c '(${late}) & echo early' > ${file} 2>/dev/null`;
      const ended = await scene.start(['sh', '-c', command]).ended;
      assert.equal(ended.code, 0);
      writeFileSync(goOn, '');
      const { readFileSync } = await import('node:fs');
      await waitFor('the late line', () => readFileSync(file, 'utf8') === 'early\nlate\n');
    });

    test('measures the job', async () => {
      const burn = 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; sleep 0.4';
      await sh(`${burn}; echo 'x allswell:metric rows=17'; echo allswell:metric 'no number=x'`);
      const { text } = await scene.end();
      assert.ok((metricOf(text, 'duration_ms') ?? 0) >= 400, text);
      assert.ok((metricOf(text, 'cpu_user_ms') ?? 0) > 0, text);
      assert.ok((metricOf(text, 'max_rss_kb') ?? 0) > 500, text);
      assert.equal(metricOf(text, 'rows'), 17);
      assert.doesNotMatch(text.split('out|')[0] ?? '', /no number/);
    });

    test('sends no output, and does not even look at it, with --no-output', async () => {
      const ended = await sh('echo secret', '--no-output');
      assert.equal(ended.stdout, 'secret\n');
      assert.doesNotMatch((await scene.end()).text, /secret|output_bytes/);
    });

    test('lowers the priority', async () => {
      assert.equal((await sh('nice', '--nice', '7')).stdout, '7\n');
    });

    test('hides secrets in what it sends, not in what it passes on', async () => {
      const env = { DB_PASSWORD: 'open-sesame-42' };
      const line = 'echo "as open-sesame-42"; echo token=abcdef123; echo customer 4711';
      const words = [scene.pingUrl, '--redact', 'customer \\d+', '--', 'sh', '-c', line];
      const ended = await scene.run(words, { env });
      assert.equal(ended.stdout, 'as open-sesame-42\ntoken=abcdef123\ncustomer 4711\n');
      const { text } = await scene.end();
      assert.match(text, /out\| as \[hidden\]\nout\| token=\[hidden\]\nout\| \[hidden\]\n/);
    });

    for (const pattern of ['(', '(a+)+$']) {
      test(`sends no output when --redact ${pattern} does not work`, async () => {
        const ended = await sh(`echo secret ${'a'.repeat(40)}b`, '--redact', pattern);
        assert.equal(ended.code, 0);
        const { text } = await scene.end();
        assert.match(text, /output withheld/);
        assert.doesNotMatch(text, /secret/);
      });
    }

    test('obeys the body limit that the server names', async () => {
      scene.server.setReply({ status: 200, headers: { 'ping-body-limit': '1000' } });
      await sh('seq 1 5000');
      const { body, text } = await scene.end();
      assert.ok(body.length <= 1_000, String(body.length));
      assert.match(text, /\n… \d+ kB cut …\n/);
      assert.match(text, /out\| 5000\n$/);
    });

    test('runs the job whatever is wrong with its own words', async () => {
      const ended = await run('--no-such-thing', '--timeout', 'soon', '--', 'echo', 'well');
      assert.equal(ended.code, 0);
      assert.equal(ended.stdout, 'well\n');
      assert.equal(
        ended.stderr,
        'allswell: there is no option --no-such-thing; --timeout needs a time such as 90s, 5m or 2h\n',
      );
      const nowhere = await scene.run(['nightly', '--', 'echo', 'well'], {
        env: { ALLSWELL_PING_KEY: 'file:/nowhere' },
      });
      assert.equal(nowhere.stdout, 'well\n');
      assert.equal(nowhere.stderr, 'allswell: /nowhere: ENOENT; nothing is reported\n');
    });

    test('is strict where that is asked for', async () => {
      const mistaken = await run('--strict', '--no-such-thing', '--', 'echo', 'well');
      assert.equal(mistaken.code, 125);
      assert.equal(mistaken.stdout, '');
      scene.server.setReply({ status: 404, body: 'not found' });
      const unknown = await run('--strict', '--', 'echo', 'well');
      assert.equal(unknown.code, 125);
      assert.equal(unknown.stdout, 'well\n');
      assert.equal((await run('--strict', '--', 'sh', '-c', 'exit 9')).code, 9);
    });

    test('explains itself', async () => {
      assert.match((await scene.run(['--help'])).stdout, /^usage: allswell run/);
      assert.equal((await scene.run([])).code, 2);
      assert.equal((await scene.run(['nightly'])).code, 2);
    });
  });
}

describe('where allswell run reports to', () => {
  const scene = useScene();
  const TEAM = 'kT4mPq8Zr2Lw9XnB3vYc7D';
  const pathOf = async (words: readonly string[], env: Record<string, string>, to = 1) => {
    const ended = await scene.run([...words, '--', 'true'], { env: { ALLSWELL_PING_URL: scene.server.url, ...env } });
    assert.equal(ended.stderr, '');
    return (await scene.server.waitForCount(to))[0]?.path.replace(/[?&]rid=[^&]+/, '');
  };

  test('a slug with the ping key of the team', async () => {
    assert.equal(await pathOf(['nightly'], { ALLSWELL_PING_KEY: TEAM }), `/ping/${TEAM}/nightly/start`);
  });

  test('a ping key from a file', async () => {
    const file = join(scene.folder, 'key');
    writeFileSync(file, `${TEAM}\n`);
    assert.equal(await pathOf(['nightly'], { ALLSWELL_PING_KEY: `file:${file}` }), `/ping/${TEAM}/nightly/start`);
  });

  test("a monitor's own key, with and without a ping key", async () => {
    const key = '0F0C6A52-7A0B-4C58-9A7E-3A5C2A6D9B11';
    assert.equal(await pathOf([key], { ALLSWELL_PING_KEY: TEAM }), `/ping/${key}/start`);
    assert.equal(await pathOf(['abc123'], {}), `/ping/${key}/start`.replace(key, key));
    assert.equal(scene.server.requests.at(-1)?.path.split('/')[2], 'abc123');
  });

  test('a monitor that stands in the environment, so that the list of processes does not show it', async () => {
    assert.match((await pathOf(['env:BACKUP'], { BACKUP: scene.pingUrl })) ?? '', /^\/ping\/[0-9a-f-]+\/start$/);
  });

  test('settings from a file that nobody else may read', async () => {
    const file = join(scene.folder, 'settings');
    writeFileSync(file, `ALLSWELL_PING_URL=${scene.server.url}\nALLSWELL_PING_KEY="${TEAM}"\n`, { mode: 0o600 });
    const env = { ALLSWELL_CONFIG: file };
    assert.equal((await scene.run(['nightly', '--', 'true'], { env })).stderr, '');
    assert.match(scene.server.requests[0]?.path ?? '', new RegExp(`^/ping/${TEAM}/nightly/start`));
    chmodSync(file, 0o644);
    const open = await scene.run(['nightly', '--', 'true'], { env });
    assert.equal(open.code, 0);
    assert.match(
      open.stderr,
      /^allswell: .*settings is left aside, others may read it \(chmod 600 it\); nothing is reported/,
    );
  });

  test('a monitor that is made by its first run', async () => {
    const words = ['nightly', '--create', '--schedule', '0 2 * * *', '--tz', 'Europe/Berlin'];
    const path = await pathOf([...words, '--grace', '10m', '--max-run', '2h', '--name', 'Nightly backup'], {
      ALLSWELL_PING_KEY: TEAM,
    });
    const query = Object.fromEntries(new URL(path ?? '', 'http://x').searchParams);
    assert.deepEqual(query, {
      create: '1',
      kind: 'process',
      name: 'Nightly backup',
      cron: '0 2 * * *',
      tz: 'Europe/Berlin',
      start_grace: '600',
      max_run: '7200',
    });
  });
});
