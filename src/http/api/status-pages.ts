import { z } from 'zod';
import { LANGUAGES } from '../../core/language/language.ts';
import { isZoneName } from '../../core/schedule/zone.ts';
import { violatedUnique } from '../../store/errors.ts';
import { missingThings } from '../../store/maintenance.ts';
import {
  countStatusPages,
  deleteStatusPage,
  findStatusPage,
  type Logo,
  listStatusPages,
  MAX_PAGE_MONITORS,
  type StatusPageRecord,
  saveLogo,
  saveStatusPage,
} from '../../store/status-pages.ts';
import { lockTeam, type Team } from '../../store/teams.ts';
import { MAX_TAGS } from '../../watch/manage-many.ts';
import { type FieldError, invalid, Problem } from '../problems.ts';
import {
  cut,
  givenInstant,
  id,
  idParams,
  instant,
  instantOf,
  iso,
  line,
  named,
  notFound,
  paging,
  readIdCursor,
  teamOf,
} from './common.ts';
import { MAX_NAME_CHARACTERS, MAX_TAG_CHARACTERS } from './monitors-schema.ts';
import { type ApiContext, type ApiRequest, type Route, route } from './route.ts';

const tag = 'Status pages';
/** Of one team; and what one page holds. */
export const MAX_STATUS_PAGES = 50;
const MAX_GROUPS = 20;
const MAX_ANNOUNCEMENTS = 20;
const MAX_TEXT_CHARACTERS = 5_000;
export const MAX_LOGO_BYTES = 64 * 1024;
/** Pictures that run nothing, by how their files begin. */
const LOGO_BEGINNINGS: readonly (readonly [string, string])[] = [
  ['image/png', '89504e470d0a1a0a'],
  ['image/jpeg', 'ffd8ff'],
  ['image/webp', '52494646'],
];

const group = z.strictObject({
  title: z.string().trim().max(MAX_NAME_CHARACTERS).default(''),
  monitors: z
    .array(z.strictObject({ id, name: line(MAX_NAME_CHARACTERS).nullable().default(null) }))
    .max(MAX_PAGE_MONITORS)
    .default([])
    .meta({ description: '`name`: how everybody sees it; its own when not given.' }),
  tags: z
    .array(line(MAX_TAG_CHARACTERS))
    .max(MAX_TAGS)
    .default([])
    .meta({ description: 'Monitors with one of these too.' }),
  all: z
    .boolean()
    .default(false)
    .meta({ description: 'Every other monitor of the team too, also those made later, by its own name.' }),
});

const settings = {
  intro: z.string().max(MAX_TEXT_CHARACTERS).optional(),
  language: z.enum(LANGUAGES).optional().meta({ description: "The team's when not given." }),
  timezone: z.string().refine(isZoneName, 'must be a name of the IANA time zone database').optional(),
  host: z
    .string()
    .toLowerCase()
    .max(253)
    .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+$/, 'must be a domain such as status.example.com')
    .nullable()
    .optional()
    .meta({ description: 'A domain of its own that leads here: it shows this page and nothing else.' }),
  public: z.boolean().optional().meta({ description: 'False: a draft that nobody sees. True when not given.' }),
  groups: z.array(group).max(MAX_GROUPS).optional(),
  announcements: z
    .array(
      z.strictObject({
        title: line(MAX_NAME_CHARACTERS),
        text: z.string().max(MAX_TEXT_CHARACTERS).default(''),
        at: givenInstant.optional().meta({ description: 'Now when not given.' }),
      }),
    )
    .max(MAX_ANNOUNCEMENTS)
    .optional(),
  logo: z
    .base64()
    .max(Math.ceil(MAX_LOGO_BYTES / 3) * 4)
    .nullable()
    .optional()
    .meta({ description: `PNG, JPEG or WebP, at most ${MAX_LOGO_BYTES / 1_024} kB, in base64; null: none.` }),
};

const slug = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'must be a-z, 0-9 and - between them');
const title = line(MAX_NAME_CHARACTERS);
const create = named('StatusPageCreate', z.strictObject({ slug, title, ...settings }));
const patch = named('StatusPagePatch', z.strictObject({ slug: slug.optional(), title: title.optional(), ...settings }));
type Wish = z.output<typeof patch>;

const answer = named(
  'StatusPage',
  z.strictObject({
    id,
    url: z.string(),
    slug: z.string(),
    title: z.string(),
    intro: z.string(),
    language: z.enum(LANGUAGES),
    timezone: z.string(),
    host: z.string().nullable(),
    public: z.boolean(),
    groups: z.array(
      z.strictObject({
        title: z.string(),
        monitors: z.array(z.strictObject({ id, name: z.string().nullable() })),
        tags: z.array(z.string()),
        all: z.boolean(),
      }),
    ),
    announcements: z.array(z.strictObject({ title: z.string(), text: z.string(), at: instant })),
    has_logo: z.boolean(),
    created_at: instant,
    updated_at: instant,
  }),
);

function json(page: StatusPageRecord, { publicUrl }: ApiContext): z.input<typeof answer> {
  return {
    id: page.id,
    url: `${publicUrl}/status/${page.slug}`,
    slug: page.slug,
    title: page.title,
    intro: page.intro,
    language: page.language,
    timezone: page.timezone,
    host: page.host,
    public: page.isPublic,
    groups: page.groups.map(({ title: own, monitors, tags, all = false }) => {
      return { title: own, monitors: [...monitors], tags: [...tags], all };
    }),
    announcements: page.announcements.map(({ at, ...rest }) => ({ ...rest, at: iso(at) })),
    has_logo: page.hasLogo,
    created_at: iso(page.createdAt),
    updated_at: iso(page.updatedAt),
  };
}

/** The picture that was given: undefined: none was, null: it is to go. */
function logoOf({ logo }: Wish): Logo | null | undefined | FieldError {
  if (logo === undefined || logo === null) return logo;
  const bytes = Buffer.from(logo, 'base64');
  const [type] = LOGO_BEGINNINGS.find(([, beginning]) => bytes.toString('hex', 0, 8).startsWith(beginning)) ?? [];
  if (bytes.length > MAX_LOGO_BYTES) return { field: 'logo', message: `must be at most ${MAX_LOGO_BYTES} bytes` };
  return type === undefined ? { field: 'logo', message: 'must be a PNG, JPEG or WebP' } : { bytes, type };
}

function pageOf(body: Wish, before: StatusPageRecord | null, team: Team, context: ApiContext): StatusPageRecord {
  const now = context.clock.now();
  return {
    id: before?.id ?? context.newId(),
    teamId: team.id,
    slug: body.slug ?? before?.slug ?? '',
    title: body.title ?? before?.title ?? '',
    intro: body.intro ?? before?.intro ?? '',
    language: body.language ?? before?.language ?? team.language,
    timezone: body.timezone ?? before?.timezone ?? team.timezone,
    host: body.host === undefined ? (before?.host ?? null) : body.host,
    isPublic: body.public ?? before?.isPublic ?? true,
    groups: body.groups ?? before?.groups ?? [],
    announcements:
      body.announcements?.map(({ at, ...rest }) => ({ ...rest, at: at === undefined ? now : instantOf(at) })) ??
      before?.announcements ??
      [],
    hasLogo: before?.hasLogo ?? false,
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
  };
}

type Saved = { readonly page: StatusPageRecord } | Problem;

async function save(body: Wish, target: string | null, team: Team, context: ApiContext): Promise<Saved> {
  const logo = logoOf(body);
  if (logo !== undefined && logo !== null && 'field' in logo) return invalid([logo]);
  const chosen = (body.groups ?? []).flatMap(({ monitors }) => monitors.map((monitor) => monitor.id));
  return context.database.transaction(async (tx): Promise<Saved> => {
    await lockTeam(tx, team.id);
    const before = target === null ? null : await findStatusPage(tx, team.id, target);
    if (target !== null && before === null) return notFound('status page');
    if (target === null && (await countStatusPages(tx, team.id)) >= MAX_STATUS_PAGES) {
      return invalid([{ field: '', message: `a team has at most ${MAX_STATUS_PAGES} status pages` }]);
    }
    const missing = await missingThings(tx, team.id, chosen, []);
    if (missing.monitors.length > 0) {
      return invalid(
        missing.monitors.map((one) => ({ field: 'groups', message: `there is no monitor with the id ${one}` })),
      );
    }
    const page = pageOf(body, before, team, context);
    await saveStatusPage(tx, page);
    if (logo !== undefined) await saveLogo(tx, page.id, logo);
    return { page: { ...page, hasLogo: logo === undefined ? page.hasLogo : logo !== null } };
  });
}

async function shown(request: ApiRequest<unknown, unknown, Wish>, context: ApiContext, target: string | null) {
  const team = await teamOf(request, context);
  try {
    const result = await save(request.body, target, team, context);
    return result instanceof Problem ? result : { body: json(result.page, context) };
  } catch (error) {
    const taken = violatedUnique(error);
    const field = taken === 'status_page_slug_key' ? 'slug' : taken === 'status_page_host_key' ? 'host' : null;
    if (field === null) throw error;
    return invalid([{ field, message: 'is taken by another status page of this server', given: request.body[field] }]);
  }
}

const make = route({
  method: 'POST',
  path: '/api/v1/status-pages',
  scope: 'write',
  tag,
  summary: 'Make a status page',
  description:
    'Everybody can see it at `/status/{slug}`: the names that were chosen, 90 days of each, what is down now, and announcements. No ids, no causes.',
  body: create,
  example: { slug: 'acme', title: 'Acme', groups: [{ title: 'Backups', tags: ['backup'] }] },
  status: 201,
  answer,
  handle: (request, context) => shown(request, context, null),
});

const change = route({
  method: 'PATCH',
  path: '/api/v1/status-pages/{id}',
  scope: 'write',
  tag,
  summary: 'Change a status page',
  description: 'What is not given stays as it is; it is seen within 30 seconds.',
  params: idParams,
  body: patch,
  example: { title: 'Acme' },
  answer,
  problems: ['not_found'],
  handle: (request, context) => shown(request, context, request.params.id),
});

const list = route({
  method: 'GET',
  path: '/api/v1/status-pages',
  scope: 'read',
  tag,
  summary: 'List status pages',
  query: z.strictObject(paging),
  answer: named('StatusPages', z.strictObject({ status_pages: z.array(answer), next_cursor: z.string().nullable() })),
  async handle({ query, key }, context) {
    const afterId = readIdCursor(query.cursor);
    if (afterId instanceof Problem) return afterId;
    const found = await listStatusPages(context.database, key.teamId, afterId ?? null, query.limit + 1);
    const { rows, nextCursor } = cut(found, query.limit, (page) => page.id);
    return { body: { status_pages: rows.map((page) => json(page, context)), next_cursor: nextCursor } };
  },
});

const read = route({
  method: 'GET',
  path: '/api/v1/status-pages/{id}',
  scope: 'read',
  tag,
  summary: 'Read a status page',
  params: idParams,
  answer,
  problems: ['not_found'],
  async handle({ params, key }, context) {
    const page = await findStatusPage(context.database, key.teamId, params.id);
    return page === null ? notFound('status page') : { body: json(page, context) };
  },
});

const remove = route({
  method: 'DELETE',
  path: '/api/v1/status-pages/{id}',
  scope: 'write',
  tag,
  summary: 'Delete a status page',
  params: idParams,
  status: 204,
  problems: ['not_found'],
  async handle({ params, key }, { database }) {
    const isGone = await database.transaction((tx) => deleteStatusPage(tx, key.teamId, params.id));
    return isGone ? { body: undefined } : notFound('status page');
  },
});

export const statusPageRoutes: readonly Route[] = [make, list, read, change, remove];
