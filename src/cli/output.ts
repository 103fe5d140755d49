/** What the command line ends with; listed in docs/cli.md. */
export const EXIT = {
  ok: 0,
  /** The server, or what was asked for, said no. */
  failed: 1,
  /** The command was not understood. */
  misused: 2,
  /** No server answered. */
  unreachable: 3,
  /** The key is missing, unknown or may not do this. */
  forbidden: 4,
} as const;

/** Ends a command with one readable line and an exit code. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

export interface Output {
  /** One line for people, or a whole document for scripts. */
  line(text: string): void;
  note(text: string): void;
}

export const terminal: Output = {
  line: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
};

/** Columns padded to their widest cell, the header in capitals; nothing else, so that it can be cut and grepped. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header.map((cell) => cell.toUpperCase()), ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => [...(row[column] ?? '')].length)));
  return all
    .map((row) =>
      row
        .map((cell, column) =>
          column === header.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - [...cell].length),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
