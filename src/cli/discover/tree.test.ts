import assert from 'node:assert/strict';
import { linkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { readHost } from './host.ts';
import { openPlaces } from './places.ts';
import { findCrontabs } from './scan-crontabs.ts';
import { type HostTree, makeHostTree } from './testing/host-tree.ts';
import { openTree } from './tree.ts';
import { chooseWrapper } from './wrapper.ts';

let host: HostTree;
beforeEach(() => {
  host = makeHostTree();
});
afterEach(() => host.remove());

const tree = () => openTree(host.root);

describe('the host below a root', () => {
  test('ends there: links that lead out are as if they were not', () => {
    host.link('/etc/cron.d', '/etc');
    host.link('/etc/allswell', '/tmp');
    assert.equal(tree().text('/etc/cron.d/passwd'), null);
    assert.deepEqual(tree().list('/etc/cron.d'), []);
    const owner = { mode: 0o600, uid: 0, gid: 0 };
    assert.throws(() => openPlaces(tree()).replace('/etc/allswell/run-0.conf', null, 'x', owner), /is not below/);
  });

  test('has crontabs that are links or have several names, and they are left alone', () => {
    host.write('/srv/tab', '* * * * * root x\n');
    host.link('/etc/cron.d/linked', '../../srv/tab');
    host.write('/etc/cron.d/twice', '* * * * * root y\n');
    linkSync(join(host.root, '/etc/cron.d/twice'), join(host.root, '/srv/other'));
    const found = findCrontabs(tree(), readHost(tree()));
    assert.deepEqual(
      found.map(({ path, reason }) => [path, reason]),
      ['linked', 'twice'].map((name) => [`/etc/cron.d/${name}`, 'its file is a link or has several names']),
    );
  });

  test('says its zone by its link, else by its file, else it is UTC', () => {
    assert.equal(readHost(tree()).timezone, 'Europe/Berlin');
    host.remove();
    host = makeHostTree();
    for (const [link, file, zone] of [
      ['/usr/share/zoneinfo/Etc/UTC', null, 'UTC'],
      ['../usr/share/zoneinfo/America/Argentina/Salta', null, 'America/Argentina/Salta'],
      ['/somewhere/else', 'Asia/Tokyo\n', 'Asia/Tokyo'],
      ['/somewhere/else', 'Mars/Phobos\n', 'UTC'],
    ] as const) {
      const found = { ...tree(), link: () => link, text: (path: string) => (path === '/etc/timezone' ? file : null) };
      assert.equal(readHost(found).timezone, zone);
    }
  });

  test('is not replaced under our hands', () => {
    host.write('/etc/crontab', 'new\n');
    const owner = { mode: 0o644, uid: 0, gid: 0 };
    assert.throws(() => openPlaces(tree()).replace('/etc/crontab', 'old\n', 'ours\n', owner), /changed meanwhile/);
    assert.equal(host.text('/etc/crontab'), 'new\n');
  });
});

describe('the wrapper', () => {
  test('is found where programs lie, and named so that it works with any PATH', () => {
    assert.match(JSON.stringify(chooseWrapper(tree(), null, false)), /there is no wrapper on this host/);
    host.write('/usr/local/bin/allswell.sh', '', 0o755);
    assert.deepEqual(chooseWrapper(tree(), null, false), { words: '/usr/local/bin/allswell.sh' });
    host.write('/usr/local/bin/allswell-run.mjs', '', 0o755);
    assert.deepEqual(chooseWrapper(tree(), null, false), { words: '/usr/local/bin/allswell.sh' }, 'there is no Node');
    host.write('/usr/bin/node', '', 0o755);
    const withNode = { words: '/usr/bin/node /usr/local/bin/allswell-run.mjs' };
    assert.deepEqual(chooseWrapper(tree(), null, false), withNode);
    host.write('/opt/allswell/bin/allswell', '', 0o755);
    host.write('/opt/allswell/src/wrapper/allswell-run.mjs', '', 0o755);
    host.link('/usr/local/bin/allswell', '../../../opt/allswell/bin/allswell');
    const script = '/usr/bin/node /opt/allswell/src/wrapper/allswell-run.mjs';
    assert.deepEqual(chooseWrapper(tree(), null, false), { words: script });
    host.write('/opt/allswell/node_modules/.bin/node', '', 0o755);
    assert.deepEqual(chooseWrapper(tree(), null, false), { words: '/opt/allswell/bin/allswell run' });
  });

  for (const [path, mode, reason] of [
    ['/usr/local/bin/allswell.sh', 0o700, /cannot be read and run by all users/],
    ['/opt/my tools/allswell.sh', 0o755, /characters in its name/],
    ['/usr/bin/env', 0o755, /is none of allswell/],
  ] as const) {
    test(`is refused where it would keep jobs from running: ${path}, mode ${mode.toString(8)}`, () => {
      host.write(path, '', mode);
      assert.match(JSON.stringify(chooseWrapper(tree(), path, false)), reason);
    });
  }
});
