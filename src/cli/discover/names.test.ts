import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { slugFault } from '../../core/ping-names.ts';
import { nameOfCommand, nameOfHint, slugOf, slugsFor } from './names.ts';

describe('a name', () => {
  for (const [command, name] of [
    ['/usr/local/bin/backup --all', 'backup'],
    ['cd /srv/app && php artisan schedule:run >> /dev/null 2>&1', 'artisan schedule:run'],
    ['/usr/bin/python3 -u /opt/jobs/import.py daily', 'import.py daily'],
    ['mysqldump -uroot -phunter2 shop | gzip > /backup/shop.gz', 'mysqldump'],
    ['PGPASSWORD=hunter2 pg_dump shop', 'pg_dump shop'],
    ['curl -s -u me:hunter2 "https://user:hunter2@example.com/cron?token=abc"', 'curl example.com'],
    ['flock -n /tmp/lock nice -n 19 /usr/bin/rsync -a /a /b', 'rsync'],
    ['timeout 5m ionice -c 3 /opt/x/report.sh weekly', 'report.sh weekly'],
    ['test -x /usr/sbin/thing && /usr/sbin/thing rotate', 'thing rotate'],
    ['[ -d /srv ] && find /srv -mtime +7 -delete', 'find srv'],
    ['notify deadbeefdeadbeef', 'notify'],
    ['notify --token abc', 'notify'],
    ['cat > /tmp/out; echo done', 'cat'],
    ['login MyPassword', 'login'],
    ['su - www-data -c "x"', 'su'],
    ['', 'job'],
  ] as const) {
    test(`of "${command}" is "${name}"`, () => assert.equal(nameOfCommand(command), name));
  }

  test('holds no value of an option, no password and no key, whatever stands around them', () => {
    const secret = fc.constantFrom('hunter2hunter2', 'Zx9Kq27LmPw3', '0123456789abcdef', 'AKIAIOSFODNN7EXAMPLE');
    const place = fc.constantFrom('--password=', '--token ', '-p', '-u root:', 'https://u:', 'API_KEY=', '');
    const before = fc.constantFrom('', 'cd /srv && ', 'nice -n 5 ', 'sudo -u www ', 'env ');
    fc.assert(
      fc.property(before, place, secret, (start, where, value) => {
        const after = where.startsWith('https') ? '@example.com/x' : '';
        const command =
          where === 'API_KEY=' ? `${start}${where}${value} tool` : `${start}tool ${where}${value}${after}`;
        assert.ok(!nameOfCommand(command).includes(value), nameOfCommand(command));
      }),
    );
  });

  test('that a person wrote is taken as it is, on one line and not too long', () => {
    assert.equal(nameOfHint(Buffer.from('Ночная копия').toString('latin1')), 'Ночная копия');
    assert.equal(nameOfHint('a\tb'), 'a b');
    assert.equal(nameOfHint('x'.repeat(300)).length, 100);
  });
});

describe('slugs', () => {
  test('are good ones, whatever the names are', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('Ночная', '１２', 'start', '', '123', 'é'.repeat(90)));
    fc.assert(
      fc.property(word, word, (host, name) => {
        assert.equal(slugFault(slugOf(host, name, null)), null);
        assert.equal(slugFault(slugOf(host, name, 'abc123')), null);
      }),
    );
  });

  test('do not collide, and those of one name do not depend on their order', () => {
    const jobs = [
      { name: 'backup', mark: 'aaaaaa' },
      { name: 'report', mark: 'bbbbbb' },
      { name: 'Backup!', mark: 'cccccc' },
    ];
    assert.deepEqual(slugsFor('web1', jobs, new Set()), ['web1-backup-aaaaaa', 'web1-report', 'web1-backup-cccccc']);
    assert.deepEqual(slugsFor('web1', jobs.toReversed(), new Set()), [
      'web1-backup-cccccc',
      'web1-report',
      'web1-backup-aaaaaa',
    ]);
    assert.deepEqual(slugsFor('web1', jobs.slice(1, 2), new Set(['web1-report'])), ['web1-report-bbbbbb']);
    const twins = Array.from({ length: 3 }, () => ({ name: 'x', mark: 'ffffff' }));
    assert.equal(new Set(slugsFor('h', twins, new Set())).size, 3);
  });
});
