/** The house rules that a machine can hold (CONTRIBUTING.md). A file that breaks one is named with its line. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { describe, test } from 'node:test';

const MAX_LINES = 400;

/** Files longer than that, to be taken apart; never more lines than here, and no entry that is not needed. */
const LONGER: Readonly<Record<string, number>> = {};

/** What each room of src may import besides itself. `main` is the composition root with what belongs to it. */
const middle = ['core', 'store', 'platform'];
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  platform: [],
  core: [],
  config: ['platform', 'store'],
  store: ['core', 'platform'],
  watch: middle,
  checks: middle,
  tasks: middle,
  alerts: middle,
  accounts: middle,
  http: [...middle, 'watch', 'checks', 'tasks', 'alerts', 'accounts', 'config'],
  main: [...middle, 'watch', 'checks', 'tasks', 'alerts', 'accounts', 'config', 'http'],
  cli: [...middle, 'watch', 'checks', 'tasks', 'alerts', 'accounts', 'config', 'http', 'main'],
};

/** Packages that have one home: whoever wants what they do asks that room. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  pg: ['store'],
  kysely: ['store'],
  undici: ['platform'],
  fastify: ['http'],
  nodemailer: ['alerts'],
  grammy: ['alerts'],
  'better-auth': ['accounts'],
  '@better-auth/passkey': ['accounts'],
};

const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b/, 'Date.now: take a Clock'],
  [/\bnew Date\(\s*\)/, 'new Date() without an argument: take a Clock'],
  [/\bTemporal\.Now\b/, 'Temporal.Now: take a Clock'],
  [/\bperformance\.now\b|\bprocess\.hrtime\b/, 'measuring time: take a Clock'],
  [/\b(setTimeout|setInterval)\b|\bnode:timers\b/, 'a timer: use Clock.after or sleep'],
  [/\bAbortSignal\.timeout\b/, 'AbortSignal.timeout is a timer: use Clock.after'],
  [/\bMath\.random\b/, 'Math.random: take a Random'],
  [/\b(randomBytes|randomUUID|randomInt|randomFill(Sync)?|getRandomValues)\b/, 'chance: take a Random'],
];

const SQL = /\b(SELECT\s+[\w*(]|INSERT\s+INTO\s+\w|DELETE\s+FROM\s+\w|UPDATE\s+\w+\s+(\w+\s+)?SET\s)/;
const DATABASE_TIME =
  /\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(|\b(current_timestamp|current_date|current_time|localtimestamp)\b/i;

interface Line {
  readonly text: string;
  readonly where: string;
}

/** Comments go, lines stay where they are. Rough, and enough for how this code is written. */
function withoutComments(source: string): string {
  return source
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''))
    .replace(/(^|\s)\/\/.*$/gm, '$1');
}

function linesOf(path: string, text: string): Line[] {
  return text.split('\n').map((line, index) => ({ text: line, where: `${path}:${index + 1}` }));
}

const read = (path: string) => readFileSync(path, 'utf8');
const isForTests = (path: string) => /\.test\.ts$|\/testing\//.test(path);
const sources = globSync('src/**/*.ts').sort();
const product = sources.filter((path) => !isForTests(path));

/** The folder below src; of the files directly in src, `config` is a room of its own and the rest is `main`. */
function roomOf(path: string): string {
  const [, first = '', second] = path.split('/');
  if (second !== undefined) return first;
  return first === 'config.ts' ? 'config' : 'main';
}

/** The files (relative to the checkout) and packages that a file imports. */
function importsOf(path: string): { readonly files: string[]; readonly packages: string[] } {
  const code = withoutComments(read(path));
  const given = [...code.matchAll(/\b(?:from\s+|import\s*\(?\s*)['"]([^'"\s]+)['"]/g)].map((match) => match[1] ?? '');
  return {
    files: given.filter((name) => name.startsWith('.')).map((name) => normalize(join(dirname(path), name))),
    packages: given.filter((name) => !name.startsWith('.')),
  };
}

const packageName = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function assertNone(found: readonly string[], rule: string): void {
  assert.ok(found.length === 0, `${rule}:\n  ${found.join('\n  ')}`);
}

describe('imports', () => {
  test('go one way: core ← store ← watch, checks, tasks, alerts, accounts ← http ← main ← cli; platform below all', () => {
    const wrong = product.flatMap((path) =>
      importsOf(path)
        .files.filter((target) => roomOf(target) !== roomOf(path))
        .filter((target) => !MAY_IMPORT[roomOf(path)]?.includes(roomOf(target)))
        .map((target) => `${path} imports ${target}`),
    );
    assertNone(wrong, 'imports against the direction');
  });

  test('of the dashboard reach nothing of src but core: it speaks the public API', () => {
    const wrong = globSync('web/src/**/*.{ts,tsx}').flatMap((path) =>
      importsOf(path)
        .files.filter((target) => !target.startsWith('web/src/') && !target.startsWith('src/core/'))
        .map((target) => `${path} imports ${target}`),
    );
    assertNone(wrong, 'the dashboard leans on the server');
  });

  test('never lead from the product into its tests', () => {
    const wrong = product.flatMap((path) =>
      importsOf(path)
        .files.filter((target) => isForTests(target) || !target.startsWith('src/'))
        .map((target) => `${path} imports ${target}`),
    );
    assertNone(wrong, 'the product leans on its tests');
  });

  test('of core are core and nothing else, not even of Node', () => {
    const wrong = product
      .filter((path) => roomOf(path) === 'core')
      .flatMap((path) => importsOf(path).packages.map((name) => `${path} imports ${name}`));
    assertNone(wrong, 'core is pure');
  });

  test('reach a package only from the room that it has its home in', () => {
    const wrong = product.flatMap((path) =>
      importsOf(path)
        .packages.filter((name) => HOMES[packageName(name)]?.includes(roomOf(path)) === false)
        .map((name) => `${path} imports ${name}`),
    );
    assertNone(wrong, 'a package away from home');
  });

  test('name only packages that package.json knows', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const known = new Set([...Object.keys(dependencies), ...builtinModules]);
    const wrong = product.flatMap((path) =>
      importsOf(path)
        .packages.filter((name) => !name.startsWith('node:') && !known.has(packageName(name)))
        .map((name) => `${path} imports ${name}`),
    );
    assertNone(wrong, 'packages that are there by accident');
  });
});

describe('the code', () => {
  test('asks only platform for time, timers and chance', () => {
    const wrong = product
      .filter((path) => roomOf(path) !== 'platform')
      .flatMap((path) => linesOf(path, withoutComments(read(path))))
      .flatMap(({ text, where }) => BANNED.filter(([call]) => call.test(text)).map(([, why]) => `${where} ${why}`));
    assertNone(wrong, 'clock, timers and chance belong to src/platform');
  });

  test('has SQL in store only', () => {
    const wrong = product
      .filter((path) => roomOf(path) !== 'store')
      .flatMap((path) => linesOf(path, withoutComments(read(path))))
      .filter(({ text }) => SQL.test(text))
      .map(({ where, text }) => `${where} ${text.trim()}`);
    assertNone(wrong, 'SQL belongs to src/store');
  });

  test('gives SQL its time as a parameter: only the database clock asks the database', () => {
    const inStrings = (path: string) => {
      // `${…}` is code again; its calls of now() are the Clock's.
      const code = withoutComments(read(path)).replace(/\$\{[^}]*\}/g, '');
      return [...code.matchAll(/`[^`]*`|'[^'\n]*'/g)].map(([text]) => ({ text, where: path }));
    };
    const inMigrations = globSync('src/store/migrations/*.sql').flatMap((path) =>
      linesOf(path, read(path).replace(/--.*$/gm, '')),
    );
    const wrong = product
      .filter((path) => roomOf(path) === 'store' && path !== 'src/store/database-clock.ts')
      .flatMap(inStrings)
      .concat(inMigrations)
      .filter(({ text }) => DATABASE_TIME.test(text))
      .map(({ where, text }) => `${where} ${text.trim()}`);
    assertNone(wrong, 'time in SQL');
  });

  test(`has no file of more than ${MAX_LINES} lines`, () => {
    const wrong = [...product, ...globSync('web/src/**/*.{ts,tsx}')]
      .map((path) => ({ path, lines: read(path).trimEnd().split('\n').length }))
      .filter(({ path, lines }) => lines > (LONGER[path] ?? MAX_LINES))
      .map(({ path, lines }) => `${path} has ${lines}`);
    assertNone(wrong, 'too long');
    const needless = Object.keys(LONGER).filter(
      (path) => !product.includes(path) || read(path).trimEnd().split('\n').length <= MAX_LINES,
    );
    assertNone(needless, 'short enough by now: strike it from LONGER');
  });

  test('carries no notes to finish something later', () => {
    const marker = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`);
    const wrong = globSync([
      '{src,test,docs,packaging,bin,.ci}/**/*.{ts,sql,sh,md,service}',
      '*.md',
      '.ci/run',
      'bin/*',
    ])
      .flatMap((path) => linesOf(path, read(path)))
      .filter(({ text }) => marker.test(text))
      .map(({ where }) => where);
    assertNone(wrong, 'unfinished');
  });
});
