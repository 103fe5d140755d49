import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Command, readArguments } from './command.ts';
import { COMMANDS, findCommand } from './commands/index.ts';
import { commandsPage, helpText } from './document.ts';
import { readDuration } from './durations.ts';
import { CommandError, EXIT, table } from './output.ts';

const refused =
  (words: RegExp, code: number = EXIT.misused) =>
  (error: unknown) => {
    assert.ok(error instanceof CommandError);
    assert.match(error.message, words);
    assert.equal(error.exitCode, code);
    return true;
  };

describe('a length of time', () => {
  test('is seconds, or numbers with units', () => {
    const known = { '0': 0, '90': 90, '90s': 90, '5m': 300, '1h30m': 5_400, '2d': 172_800, '1w1s': 604_801 };
    for (const [text, seconds] of Object.entries(known)) assert.equal(readDuration(text, 'grace'), seconds, text);
  });

  test('is refused with the option and what would be right', () => {
    for (const text of ['', '5x', 'm', '1h 30m', '-5m', '1.5h', '9'.repeat(20), '5M']) {
      assert.throws(() => readDuration(text, 'grace'), refused(/^--grace: .*write 90s, 5m, 1h30m or 2d$/), text);
    }
  });

  test('adds up, in whatever order the units come', () => {
    const unit = fc.constantFrom(['s', 1], ['m', 60], ['h', 3_600], ['d', 86_400] as const);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(999_999), unit), { minLength: 1, maxLength: 5 }), (parts) => {
        const text = parts.map(([count, [letter]]) => `${count}${letter}`).join('');
        const sum = parts.reduce((total, [count, [, seconds]]) => total + count * Number(seconds), 0);
        assert.equal(readDuration(text, 'x'), sum);
      }),
      { seed: 7 },
    );
  });
});

describe('a table', () => {
  test('has columns as wide as their widest cell, counted in characters, and nothing at the line ends', () => {
    const text = table(
      ['status', 'name'],
      [
        ['up', 'a'],
        ['paused', 'имя 🎉'],
        ['ёж', ''],
      ],
    );
    assert.equal(text, 'STATUS  NAME\nup      a\npaused  имя 🎉\nёж');
  });

  test('without rows is its header', () => assert.equal(table(['a', 'b'], []), 'A  B'));
});

describe('arguments', () => {
  const command: Command = {
    name: 'try it',
    usage: 'WORD [--flag] [--text TEXT] [--tag TAG]...',
    summary: 'nothing',
    words: [1, 2],
    options: { flag: { type: 'boolean' }, text: { type: 'string' }, tag: { type: 'string', multiple: true } },
    run: async () => 0,
  };

  test('are told apart by the command’s own table', () => {
    const args = readArguments(command, ['one', '--flag', '--text=x', '--tag', 'a', '--tag', 'b', 'two']);
    assert.deepEqual(args.positionals, ['one', 'two']);
    assert.equal(args.flag('flag'), true);
    assert.equal(args.flag('text'), false);
    assert.equal(args.option('text'), 'x');
    assert.equal(args.option('flag'), undefined);
    assert.deepEqual(args.list('tag'), ['a', 'b']);
    assert.deepEqual(args.list('text'), []);
  });

  test('that do not belong are refused with the usage', () => {
    const usage = /usage: allswell try it WORD/;
    for (const given of [[], ['a', 'b', 'c'], ['a', '--unknown'], ['a', '--text'], ['a', '--flag=yes']]) {
      assert.throws(() => readArguments(command, given), refused(usage), given.join(' '));
    }
  });
});

describe('the table of commands', () => {
  test('is found by the first words', () => {
    for (const command of COMMANDS) {
      assert.equal(findCommand([...command.name.split(' '), 'more', '--json']), command);
    }
    for (const words of [[], ['db'], ['monitor'], ['constructor'], ['exports']]) {
      assert.equal(findCommand(words), undefined, words.join(' '));
    }
  });

  for (const command of COMMANDS) {
    test(`${command.name}: the usage names each option, and no other`, () => {
      const named = [...command.usage.matchAll(/--([a-z-]+)/g)].map((match) => match[1] ?? '');
      assert.deepEqual([...new Set(named)].sort(), Object.keys(command.options ?? {}).sort());
    });
  }

  test('is in the help and on the page, with every exit code', () => {
    for (const { name, usage } of COMMANDS) {
      assert.ok(helpText().includes(`  allswell ${name} ${usage}`.trimEnd()), name);
      assert.ok(commandsPage().includes(`## ${name}\n\n\`\`\`\nallswell ${name} ${usage}`.trimEnd()), name);
    }
    for (const code of Object.values(EXIT)) {
      assert.match(commandsPage(), new RegExp(`^\\| ${code} \\| \\w`, 'm'));
      assert.match(helpText(), new RegExp(`\\b${code} \\w`));
    }
  });
});
