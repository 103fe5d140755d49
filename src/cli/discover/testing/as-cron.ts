/**
 * What Debian's cron hands to `SHELL -c` and to its standard input, written after its do_command.c and not after our own
 * reading of it. Null: the line has no input of its own.
 */
export function asCron(command: string): { readonly text: string; readonly input: string | null } {
  let text = '';
  let escaped = false;
  let at = 0;
  for (; at < command.length; at += 1) {
    const character = command[at] ?? '';
    if (escaped) {
      if (character === '%') text = text.slice(0, -1);
      text += character;
      escaped = false;
    } else if (character === '%') {
      return { text, input: inputOf(command.slice(at + 1)) };
    } else {
      text += character;
      escaped = character === '\\';
    }
  }
  return { text, input: null };
}

/** Further ones are line ends, unless a backslash stands before them; a line end closes it. */
function inputOf(data: string): string {
  let input = '';
  let escaped = false;
  for (const character of data) {
    if (escaped) {
      input += character === '%' ? '%' : `\\${character}`;
      escaped = false;
    } else if (character === '\\') escaped = true;
    else input += character === '%' ? '\n' : character;
  }
  const whole = escaped ? `${input}\\` : input;
  return whole.endsWith('\n') ? whole : `${whole}\n`;
}
