import { COMMANDS } from './commands/index.ts';
import { EXIT } from './output.ts';

interface Entry {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly details?: readonly string[];
}

const SERVE: Entry = {
  name: 'serve',
  usage: '[--roles web,watch,deliver]',
  summary: 'run the server',
  details: [
    'Runs until SIGTERM or SIGINT; a second signal ends it at once. It prints one ready line. `--roles` says what this node does, the same as `ALLSWELL_ROLES`; without it, everything. Where it cannot start the exit code is 1, also where the database does not answer.',
  ],
};

const DEMO: Entry = {
  name: 'demo',
  usage: '[--data DIR] [--port N] [--host ADDRESS] [--seed TEXT] [--at INSTANT]',
  summary: 'show the product with a story in it: three teams, a month of history, jobs that go on',
  details: [
    'Prints an address and a sign-in, and runs until SIGTERM or SIGINT. It lives in a folder of its own that is deleted at the end; `--data` names one that is kept and can be started again. A folder in which something else lives is refused, and the settings and the database of a real install are never looked at.',
    'Every ping of the month was judged by the same code as real ones; messages are only pretended, nothing leaves this machine. It listens on 127.0.0.1 unless `--host` says otherwise, on a free port unless `--port` does.',
    '`--seed` tells the same story with the same keys and the same password each time; use it for pictures only; it is refused where others could reach the demonstration. With `--at 2026-11-30T14:10:00Z` time stands still at that moment and no job goes on.',
  ],
};

const RUN: Entry = {
  name: 'run',
  usage: 'MONITOR [options] -- COMMAND…',
  summary: 'run a job and report its start and its end',
  details: [
    '`allswell run --help` lists its options; docs/wrapper.md explains them. It ends with the exit code of the job.',
  ],
};

const ENTRIES: readonly Entry[] = [SERVE, DEMO, RUN, ...COMMANDS];

const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'well',
  failed: 'the answer is no: the server refused, there is no such thing, a file or a database is not as it has to be',
  misused: 'the command or a setting was not understood; nothing was done',
  unreachable: 'no server answered, neither allswell nor PostgreSQL',
  forbidden: 'not allowed: the API key is missing, unknown or may not do this, or the secret key is not the right one',
};

/** What `allswell help` prints. */
export function helpText(): string {
  return [
    'allswell: the watchman for scheduled work',
    '',
    ...ENTRIES.flatMap(({ name, usage, summary }) => [`  allswell ${name} ${usage}`.trimEnd(), `      ${summary}`]),
    '',
    'Settings come from the environment and from .env; see allswell config. `allswell --version` says which this is.',
    'Exit codes: 0 well, 1 the answer is no, 2 not understood, 3 no server answered, 4 not allowed.',
  ].join('\n');
}

function section({ name, usage, summary, details = [] }: Entry): string {
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
  return [
    `## ${name}`,
    '',
    '```',
    `allswell ${name} ${usage}`.trimEnd(),
    '```',
    '',
    [sentence, ...details].join('\n\n'),
  ].join('\n');
}

/** docs/cli.md, made by `npm run docs`. */
export function commandsPage(): string {
  const codes = Object.entries(EXIT).map(([name, code]) => `| ${code} | ${EXIT_MEANINGS[name as keyof typeof EXIT]} |`);
  return `# The command line

This page lists every command of \`allswell\`, for whoever runs it by hand or from a script.

In a checkout it is \`npm run -s allswell -- COMMAND\` or \`bin/allswell COMMAND\`. Settings come from the environment and from
\`.env\` in the current folder ([configuration](configuration.md)). Commands about monitors and channels talk to the server
at \`ALLSWELL_URL\` with \`ALLSWELL_API_KEY\`; on the server's own machine they find both in its data folder. \`export\`,
\`import\` and \`db stop\` work on the database itself.

Tables are for people; \`--json\` prints one JSON document for scripts. What went wrong is one line on standard error.

| exit code | meaning |
|---|---|
${codes.join('\n')}

${ENTRIES.map(section).join('\n\n')}

This page is made from the commands' own table in \`src/cli\` by \`npm run docs\`.
`;
}
