import type { FileChange } from './plan.ts';

const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString('utf8');
/** What would move a terminal's cursor or colour it is shown as a dot. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get out
const shown = (text: string) => utf8(text).replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '·');

function wholeLines(sign: '+' | '-', text: string): string[] {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => sign + line);
}

/** What would change, as `diff -u0` shows it. */
export function diffOf(changes: readonly FileChange[]): string {
  const lines = changes.flatMap(({ path, before, after, lines: changed }) => {
    const head = [before === null ? '--- /dev/null' : `--- ${path}`, `+++ ${path}`];
    const hunks = changed.flatMap(({ number, before: old, after: wrapped }) => [
      `@@ -${number} +${number} @@`,
      `-${old}`,
      `+${wrapped}`,
    ]);
    if (changed.length > 0) return [...head, ...hunks];
    const old = before === null ? [] : wholeLines('-', before);
    const written = wholeLines('+', after);
    return [...head, `@@ -${old.length > 0 ? 1 : 0},${old.length} +1,${written.length} @@`, ...old, ...written];
  });
  return lines.map(shown).join('\n');
}
