import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dropInText, readService, readTimer, slugOfDropIn } from './timer.ts';
import { parseUnit, readTimeSpan, settingsOf } from './unit-file.ts';

const timer = (text: string) => readTimer(parseUnit(`[Timer]\n${text}`), 'Europe/Berlin');
const service = (text: string) => readService(parseUnit(`[Service]\n${text}`));

test('a unit is read with lines that go on, comments, and settings that are forgotten', () => {
  const unit = parseUnit(
    '# c\n[Service]\nExecStart=/a \\\n# c\n  b\nExecStart=\nExecStart = /c d \n; c\n[Install]\nX=1\n',
  );
  assert.deepEqual(settingsOf(unit, 'Service', 'ExecStart'), ['/c d']);
  assert.deepEqual(settingsOf(unit, 'Install', 'X'), ['1']);
  assert.deepEqual(settingsOf(parseUnit('[S]\nA=/a \\\n# c\n  b'), 'S', 'A'), ['/a  b']);
});

test('lengths of time are those of systemd', () => {
  for (const [text, seconds] of [
    ['90', 90],
    ['1h 30min', 5_400],
    ['1.5h', 5_400],
    ['2M', 5_259_600],
    ['500ms', 0.5],
    ['12h', 43_200],
    ['soon', null],
    ['', null],
    ['5 parsecs', null],
  ] as const) {
    assert.equal(readTimeSpan(text), seconds, text);
  }
});

describe('a timer', () => {
  test('with OnCalendar has that schedule in the zone of the host, and its random delay as slack', () => {
    const read = timer('OnCalendar=*-*-* 6,18:00\nRandomizedDelaySec=12h\nPersistent=true');
    assert.ok('schedule' in read);
    assert.deepEqual(read.schedule, { type: 'oncalendar', expression: '*-*-* 6,18:00', timezone: 'Europe/Berlin' });
    assert.equal(read.slackSeconds, 43_260);
    assert.equal(read.notes.length, 2);
  });

  test('that runs again and again after itself has a period', () => {
    const read = timer('OnBootSec=5min\nOnUnitActiveSec=1d\nAccuracySec=1s');
    assert.ok('schedule' in read);
    assert.deepEqual(read.schedule, { type: 'period', seconds: 86_400 });
    assert.equal(read.slackSeconds, 1);
  });

  for (const [text, reason] of [
    ['OnBootSec=5min', /once after the start/],
    ['OnCalendar=daily\nOnCalendar=weekly', /several OnCalendar/],
    ['OnCalendar=daily\nOnBootSec=1min', /OnCalendar and other/],
    ['OnUnitActiveSec=often', /not understood/],
    ['', /once after/],
  ] as const) {
    test(`that no monitor can express is left alone: ${text.replace('\n', '; ')}`, () => {
      const read = timer(text);
      assert.ok('reason' in read);
      assert.match(read.reason, reason);
    });
  }
});

describe('a service', () => {
  test('of one plain command is wrapped by a drop-in, with everything that stands in front of it', () => {
    for (const [line, prefix, command] of [
      ['/usr/bin/a --b "c d" %i $E', '', '/usr/bin/a --b "c d" %i $E'],
      ['-/usr/bin/a', '-', '/usr/bin/a'],
      [':-a b', ':-', 'a b'],
    ] as const) {
      const read = service(`Type=oneshot\nExecStart=${line}`);
      assert.deepEqual(read, { user: 'root', prefix, command });
      assert.ok('prefix' in read);
      const text = dropInText(read, '/usr/local/bin/allswell.sh web1-a');
      const back = settingsOf(parseUnit(`[Service]\nExecStart=/old\n${text}`), 'Service', 'ExecStart');
      assert.deepEqual(back, [`${prefix}/usr/local/bin/allswell.sh web1-a -- ${command}`]);
      assert.equal(slugOfDropIn(text), 'web1-a');
    }
    assert.equal(slugOfDropIn('[Service]\nExecStart=/x y -- z\n'), null);
  });

  for (const [text, reason] of [
    ['ExecStart=/a\nExecStart=/b', /several ExecStart lines/],
    ['Type=notify\nExecStart=/a', /type notify/],
    ['ExecStart=@/a b', /begins with @/],
    ['ExecStart=/a ; /b', /several commands/],
    ['ExecStart=/a\nPrivateNetwork=yes', /PrivateNetwork/],
    ['ExecStart=/a\nDynamicUser=true', /DynamicUser/],
    ['ExecStart="/a b" c', /plain path/],
    ['', /no ExecStart/],
  ] as const) {
    test(`is left alone where that would not be right: ${text.replace('\n', '; ')}`, () => {
      const read = service(text);
      assert.ok('reason' in read);
      assert.match(read.reason, reason);
    });
  }
});
