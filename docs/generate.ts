/**
 * Writes what is made from tables: docs/configuration.md and packaging/allswell.env from the settings (src/config.ts),
 * docs/errors.md from the problems of the API (src/http/problems.ts), docs/cli.md from the commands (src/cli/commands).
 * `npm run docs`; a test fails when one of them is stale.
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { commandsPage } from '../src/cli/document.ts';
import { SETTINGS } from '../src/config.ts';
import { problemsMarkdown } from '../src/http/problems.ts';

/** Accepted by no setting that refuses anything: its refusal says what is allowed. */
const NONSENSE = '?';
const WIDTH = 100;

type Setting = (typeof SETTINGS)[keyof typeof SETTINGS];

function allowed(setting: Setting): string {
  const result = setting.read(NONSENSE);
  return 'allowed' in result ? result.allowed : '';
}

const cell = (text: string) => text.replaceAll('|', '\\|').replace(/</g, '&lt;');
const shownDefault = (setting: Setting) => (setting.default ? `\`${setting.default.replaceAll('|', '\\|')}\`` : '');

function row(setting: Setting): string {
  const secret = setting.secret ? ' Secret.' : '';
  return `| \`${setting.env}\` | ${cell(setting.help)}${secret} | ${cell(allowed(setting))} | ${shownDefault(setting)} |`;
}

function configurationPage(): string {
  return `# Configuration

This page lists every setting there is, for whoever runs allswell.

Settings are environment variables. \`npm start\` also reads a file \`.env\` in the folder that it is started in, the service
reads \`/etc/allswell/allswell.env\`; what the environment says wins over a file. A setting that is empty counts as not
set. A wrong value stops the start with one line that names the setting, what was given and what is allowed (exit code
2). Settings are read once, at the start.

| setting | what it is | allowed | default |
|---|---|---|---|
${Object.values(SETTINGS).map(row).join('\n')}

Secret settings are never shown in whole, neither in logs nor in messages.

Some that are worth a thought:

- \`ALLSWELL_URL\` stands in every link and every \`curl\` line that allswell prints. Set it as soon as people or jobs on
  other machines are to reach this one. It is never taken from a request.
- \`ALLSWELL_SECRET_KEY\` encrypts the settings of channels in the database. Nodes that share a database need the same
  one; without it (and without the file \`secret-key\` in the data folder) channels cannot be read again. Keep a copy.
- \`ALLSWELL_DATA\` holds this key, the key of the command line and, without \`DATABASE_URL\`, the database itself.
- \`ALLSWELL_OPEN_DIALECTS\` is for clients whose address cannot even get a longer path, in a network that is private anyway.
  Without it every team has a secret address for them: \`allswell team show\`.
- \`PORT\` below 1024 needs the right to it; better leave 8080 and put a proxy in front
  (\`ALLSWELL_TRUSTED_PROXIES\` then makes the log show the callers and not the proxy).

This page is made from the table in \`src/config.ts\` by \`npm run docs\`.
`;
}

function wrapped(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.map((line) => `# ${line}`);
}

function entry(setting: Setting): string {
  const rule = allowed(setting);
  const about = [...wrapped(setting.help), ...(rule === '' ? [] : wrapped(`Allowed: ${rule}.`))];
  const value = setting.default ?? '';
  return [...about, `#${setting.env}=${/[\s<>]/.test(value) ? `"${value}"` : value}`].join('\n');
}

function environmentFile(): string {
  return `# Settings of allswell; docs/configuration.md says more about them. Take the # away from those that you change.
# One NAME=value a line; put a value with spaces in "double quotes". Restart allswell afterwards.

${Object.values(SETTINGS).map(entry).join('\n\n')}
`;
}

/** Every generated file with what it should hold, by its path in the checkout. */
export function generatedFiles(): Readonly<Record<string, string>> {
  return {
    'docs/cli.md': commandsPage(),
    'docs/configuration.md': configurationPage(),
    'docs/errors.md': problemsMarkdown(),
    'packaging/allswell.env': environmentFile(),
  };
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(generatedFiles())) {
    writeFileSync(join(resolve(import.meta.dirname, '..'), path), text);
    console.log(path);
  }
}
