import type { Command } from '../command.ts';
import { EXIT, table } from '../output.ts';

const DETAILS =
  'Speaks to the database itself, as `export` does: it needs the data folder (or `DATABASE_URL`) and no key, and it works while the server is stopped.';

const day = (at: number | null) => (at === null ? '-' : new Date(at).toISOString().slice(0, 10));

const userList: Command = {
  name: 'user list',
  usage: '[--json]',
  summary: 'the people of this install, their teams and roles',
  words: [0, 0],
  options: { json: { type: 'boolean' } },
  details: [DETAILS],
  async run(args, { config, output }) {
    const { readPeople } = await import('../people.ts');
    const people = await readPeople(config);
    const asJson = () =>
      JSON.stringify(
        people.map((one) => ({
          id: one.id,
          email: one.email,
          name: one.name,
          email_verified: one.emailVerified,
          two_factor: one.twoFactor,
          teams: one.teams,
          created_at: new Date(one.createdAt).toISOString(),
          last_seen_at: one.lastSeenAt === null ? null : new Date(one.lastSeenAt).toISOString(),
        })),
        null,
        2,
      );
    const rows = people.map((one) => [
      one.email,
      one.name,
      one.teams.join(', ') || '-',
      one.twoFactor ? 'yes' : 'no',
      day(one.createdAt),
      day(one.lastSeenAt),
    ]);
    output.line(args.flag('json') ? asJson() : table(['e-mail', 'name', 'teams', '2nd factor', 'since', 'seen'], rows));
    return EXIT.ok;
  },
};

const userResetLink: Command = {
  name: 'user reset-link',
  usage: 'EMAIL [--json]',
  summary: 'print a link by which somebody sets a new password',
  words: [1, 1],
  options: { json: { type: 'boolean' } },
  details: [
    'For who forgot their password where no mail can be sent. The link works once, within an hour; hand it over in private. It leads to `ALLSWELL_URL`. The change stands in the audit logs of their teams.',
    DETAILS,
  ],
  async run(args, { config, output }) {
    const { makeResetLink } = await import('../people.ts');
    const link = await makeResetLink(config, args.positionals[0] ?? '');
    output.line(args.flag('json') ? JSON.stringify(link, null, 2) : link.url);
    return EXIT.ok;
  },
};

const userSetupLink: Command = {
  name: 'user setup-link',
  usage: '[--json]',
  summary: 'print a new one-time link that makes its reader the owner',
  words: [0, 0],
  options: { json: { type: 'boolean' } },
  details: [
    'For an install that nobody owns yet: the link of the first start was lost, or the install is older than accounts are. The link before it is void. Where somebody owns the install it is refused (exit code 1).',
    DETAILS,
  ],
  async run(args, { config, output }) {
    const { makeSetupLink } = await import('../people.ts');
    const link = await makeSetupLink(config);
    output.line(args.flag('json') ? JSON.stringify(link, null, 2) : link.url);
    return EXIT.ok;
  },
};

export const userCommands: readonly Command[] = [userList, userResetLink, userSetupLink];
