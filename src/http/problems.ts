import { allowedIn } from './allowed.ts';

/** Every problem that the API answers with (RFC 9457), by its code. docs/errors.md says the same, a test holds that. */
export const PROBLEMS = {
  invalid_json: {
    status: 400,
    title: 'The body is not JSON',
    help: 'The body could not be read as JSON in UTF-8. `detail` says where it went wrong.',
  },
  invalid_request: {
    status: 400,
    title: 'Something that was given is not allowed',
    help: '`errors` names each field, what was given and what is allowed. Unknown fields are refused too: a misspelt one would otherwise be silently without effect. Nothing was changed.',
  },
  invalid_url: {
    status: 400,
    title: 'The address cannot be read',
    help: 'The path or the query is not valid percent-encoding.',
  },
  missing_key: {
    status: 401,
    title: 'An API key is needed',
    help: 'Send the key as `Authorization: Bearer KEY` or as `X-Api-Key: KEY`. The first key is in the key file in the data folder.',
  },
  unknown_key: {
    status: 401,
    title: 'The API key is not known',
    help: 'The key was deleted, has expired, or was never made here.',
  },
  sign_in_needed: {
    status: 401,
    title: 'Somebody has to be signed in',
    help: 'The call is made by a person, in a browser that is signed in; no key can make it. The session may be over, or was ended elsewhere: sign in again.',
  },
  wrong_credentials: {
    status: 401,
    title: 'Address, password or code is wrong',
    help: 'Which of them is not said. Each wrong one makes the next answer wait a little longer.',
  },
  person_needed: {
    status: 403,
    title: 'Only a person can do this',
    help: 'Keys cannot change who belongs to a team, or look at what belongs to one person. Sign in and do it there.',
  },
  role_too_low: {
    status: 403,
    title: 'Your role in this team does not allow it',
    help: '`detail` says which role is needed. An admin or an owner of the team can give it.',
  },
  not_a_member: {
    status: 403,
    title: 'Not a team of yours',
    help: 'The header `Allswell-Team` names a team that the caller does not belong to, or the person is in no team at all.',
  },
  cross_site: {
    status: 403,
    title: 'The request did not come from our own pages',
    help: 'Calls that change something with the cookie of a session have to come from a page of this server. Programs use an API key. Behind a proxy: `ALLSWELL_URL` has to be the address in the browser.',
  },
  other_account: {
    status: 403,
    title: 'This is for another account',
    help: 'An invitation is for one e-mail address. Sign out, and open the link again, or ask for an invitation of the address that you use.',
  },
  sign_up_closed: {
    status: 403,
    title: 'Accounts are not made here',
    help: 'The operator decides with `ALLSWELL_SIGNUP` who may make an account: nobody, people who were invited, or everybody.',
  },
  write_key_needed: {
    status: 403,
    title: 'This key may only read',
    help: 'The call changes something, or shows a secret; it needs a key with the scope `write`.',
  },
  not_found: {
    status: 404,
    title: 'There is no such thing',
    help: 'Nothing under this id or address belongs to the team of the key. What belongs to another team is answered in the same way.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This address does not take that method',
    help: 'The header `Allow` lists the methods that it takes.',
  },
  not_paused: {
    status: 409,
    title: 'The monitor is not paused',
    help: 'Only a paused monitor can be resumed. Nothing was changed.',
  },
  not_under_way: {
    status: 409,
    title: 'The maintenance is not under way',
    help: 'Only one that is under way can be ended; one that is to come is changed or deleted. Nothing was changed.',
  },
  read_only: {
    status: 409,
    title: 'This cannot be changed here',
    help: 'It comes from the configuration of the install and is changed there. Nothing was changed.',
  },
  slug_taken: {
    status: 409,
    title: 'Another monitor has this slug',
    help: 'Slugs are unique among the monitors of a team that are not deleted. Nothing was changed.',
  },
  key_taken: {
    status: 409,
    title: 'Another monitor has this key',
    help: 'Ping keys are unique; the key of a deleted monitor stays reserved while it can be restored. Nothing was changed.',
  },
  origin_taken: {
    status: 409,
    title: 'Another monitor has its identity in a drop-in interface',
    help: 'A monitor that was made through the interface of another system is known there by a name that is unique in the team. While this one was deleted, another one was made with that name. Nothing was changed.',
  },
  last_write_key: {
    status: 409,
    title: 'This is the last key that can write',
    help: 'The team has no people: without the key nobody could change anything any more. Make another write key that does not expire, or an owner, then delete this one.',
  },
  last_owner: {
    status: 409,
    title: 'A team needs an owner',
    help: 'This is the only owner of the team. Make somebody else an owner first. Nothing was changed.',
  },
  email_taken: {
    status: 409,
    title: 'There is an account with this address',
    help: 'Sign in with it instead. Nothing was changed.',
  },
  already_member: {
    status: 409,
    title: 'Belongs to the team already',
    help: 'A person is in a team once, with one role, which can be changed. Nothing was changed.',
  },
  incident_over: {
    status: 409,
    title: 'The incident is over',
    help: 'Only an open incident can be acknowledged or snoozed. Nothing was changed.',
  },
  too_many_responses: {
    status: 409,
    title: 'Enough was said about this incident',
    help: 'Up to 200 acknowledgements and snoozes of one incident are kept. Nothing was changed.',
  },
  being_sent: {
    status: 409,
    title: 'The delivery is being sent at this moment',
    help: 'Wait for the outcome of the attempt that is under way.',
  },
  channel_gone: {
    status: 409,
    title: 'The channel of this delivery was deleted',
    help: 'There is no address any more that it could be sent to.',
  },
  no_channel: {
    status: 409,
    title: 'There is no channel that it could go to',
    help: 'The team has no working channel of the kind that `detail` names, or none of those that were chosen works. Nothing was sent.',
  },
  not_configured: {
    status: 409,
    title: 'This server is not set up for that',
    help: 'The operator has to set what `detail` names, and restart the server. Nothing was changed.',
  },
  link_used: {
    status: 410,
    title: 'This link does not work any more',
    help: 'It was used, it has expired, or a newer one took its place. Ask for a new one.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    help: 'The API takes bodies up to 1 MiB.',
  },
  url_too_long: {
    status: 414,
    title: 'The address is too long',
    help: 'A part of the path is longer than any id or name can be.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body has to be JSON',
    help: 'Send `Content-Type: application/json`.',
  },
  too_many_streams: {
    status: 429,
    title: 'Too many event streams are open',
    help: 'A team may have 500 event streams open at a server, all teams together 2,000. Close some, or try again after the seconds in `Retry-After`.',
  },
  too_many_attempts: {
    status: 429,
    title: 'Too many attempts',
    help: 'Wait for the seconds in `Retry-After`; each further wrong attempt makes it longer. Another way to sign in, such as a link by mail, may be open meanwhile.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong on our side',
    help: 'It is in the log under the `id` of the answer. Whether anything was changed is not known.',
  },
  unavailable: {
    status: 503,
    title: 'The database cannot be reached',
    help: 'Nothing was changed. Try again after the seconds in `Retry-After`.',
  },
  telegram_unreachable: {
    status: 503,
    title: 'Telegram cannot be reached',
    help: 'Telegram did not answer, or refused the token of the bot; the log says which. Nothing was changed. Try again after the seconds in `Retry-After`.',
  },
} as const satisfies Readonly<Record<string, ProblemKind>>;

interface ProblemKind {
  readonly status: number;
  /** The same for every occurrence. */
  readonly title: string;
  /** What it means and what to do, for docs/errors.md; Markdown. */
  readonly help: string;
}

export type ProblemCode = keyof typeof PROBLEMS;

/** One field that was refused. */
export interface FieldError {
  /** Path with dots: `schedule.expression`, `tags.0`. Empty: the body as a whole. */
  readonly field: string;
  /** A sentence about what is wrong. */
  readonly message: string;
  /** What was given, cut where it is long; absent where nothing was given. */
  readonly given?: unknown;
  /** What is allowed: a list of values, or a sentence; where it is left out, the answer takes it from the message. */
  readonly allowed?: readonly unknown[] | string;
}

/** An expected error as a value. */
export class Problem {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;
  /** Under which an unexpected error stands in the log. */
  readonly id: string | null;

  constructor(
    code: ProblemCode,
    detail: string,
    more: {
      readonly errors?: readonly FieldError[];
      readonly headers?: Readonly<Record<string, string>>;
      readonly id?: string;
    } = {},
  ) {
    this.code = code;
    this.detail = detail;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
    this.id = more.id ?? null;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }
}

/** At most this many refused fields are listed in one answer. */
export const MAX_LISTED_ERRORS = 50;

export function invalid(errors: readonly FieldError[]): Problem {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const where = first === undefined || first.field === '' ? '' : `${first.field}: `;
  return new Problem('invalid_request', `${where}${first?.message ?? 'refused'}${more}`, {
    errors: errors.slice(0, MAX_LISTED_ERRORS).map((error) => ({ ...error, ...givenOf(error) })),
  });
}

const MAX_GIVEN_CHARACTERS = 200;

function givenOf({ given }: FieldError): { given?: unknown } {
  if (given === undefined) return {};
  if (typeof given === 'number' || typeof given === 'boolean' || given === null) return { given };
  const text = typeof given === 'string' ? given : (JSON.stringify(given) ?? '');
  const cut = text.length > MAX_GIVEN_CHARACTERS ? `${text.slice(0, MAX_GIVEN_CHARACTERS - 1)}…` : text;
  return { given: cut.toWellFormed() };
}

/** The answer's JSON; `docsUrl` is where the table of errors can be read. */
export function problemJson(problem: Problem, docsUrl: string): Record<string, unknown> {
  return {
    type: `${docsUrl}#${problem.code}`,
    title: PROBLEMS[problem.code].title,
    status: problem.status,
    detail: problem.detail,
    code: problem.code,
    ...(problem.id === null ? {} : { id: problem.id }),
    errors: problem.errors.map((error) => ({ ...error, allowed: allowedIn(error) })),
  };
}

/** docs/errors.md, made from the table. */
export function problemsMarkdown(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, title, help }]) => `## ${code}\n\n**${status}. ${title}.**\n\n${help}\n`,
  );
  return `# Errors of the API

Every error is \`application/problem+json\` (RFC 9457) with \`type\`, \`title\`, \`status\`, \`detail\`, \`code\` and \`errors\`, a
list of \`{field, message, given, allowed}\`. Programs go by \`code\`; \`detail\` is a sentence for people. This page is
made from the table in \`src/http/problems.ts\`.

${rows.join('\n')}`;
}
