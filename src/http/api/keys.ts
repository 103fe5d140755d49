import { z } from 'zod';
import { randomBase62 } from '../../platform/random.ts';
import {
  API_SCOPES,
  type ApiKey,
  countApiKeys,
  deleteApiKey,
  findTeamKey,
  hashApiKey,
  insertApiKey,
  listApiKeys,
} from '../../store/api-keys.ts';
import { invalid, Problem } from '../problems.ts';
import { callerName } from './caller.ts';
import {
  cut,
  givenInstant,
  id,
  idParams,
  instant,
  instantOf,
  iso,
  isoOrNull,
  LAST_GIVEN_INSTANT,
  line,
  maybeInstant,
  named,
  notFound,
  paging,
  readIdCursor,
} from './common.ts';
import { type Route, route } from './route.ts';

const tag = 'API keys';
export const MAX_KEYS = 1_000;
const MAX_KEY_NAME_CHARACTERS = 100;
const KEY_CHARACTERS = 40;

const keyFields = {
  id,
  name: z.string(),
  scope: z.enum(API_SCOPES),
  expires_at: maybeInstant,
  last_used_at: maybeInstant.meta({ description: 'To the minute.' }),
  created_by: z.string().nullable().meta({ description: 'Who made it, as they were called then; null: the install.' }),
  created_at: instant,
};

const keyAnswer = named('ApiKey', z.strictObject(keyFields));

function keyJson(key: ApiKey): z.input<typeof keyAnswer> {
  return {
    id: key.id,
    name: key.name,
    scope: key.scope,
    expires_at: isoOrNull(key.expiresAt),
    last_used_at: isoOrNull(key.lastUsedAt),
    created_by: key.createdBy,
    created_at: iso(key.createdAt),
  };
}

const list = route({
  method: 'GET',
  path: '/api/v1/keys',
  scope: 'write',
  role: 'admin',
  tag,
  summary: 'List API keys',
  query: z.strictObject({ ...paging }),
  answer: named('ApiKeyPage', z.strictObject({ keys: z.array(keyAnswer), next_cursor: z.string().nullable() })),
  async handle({ query, key }, { database }) {
    const afterId = readIdCursor(query.cursor);
    if (afterId instanceof Problem) return afterId;
    const found = await listApiKeys(database, key.teamId, afterId ?? null, query.limit + 1);
    const { rows, nextCursor } = cut(found, query.limit, (row) => row.id);
    return { body: { keys: rows.map(keyJson), next_cursor: nextCursor } };
  },
});

const read = route({
  method: 'GET',
  path: '/api/v1/keys/{id}',
  scope: 'write',
  role: 'admin',
  tag,
  summary: 'Read what is known of an API key',
  params: idParams,
  answer: keyAnswer,
  async handle({ params, key: access }, { database }) {
    const key = await findTeamKey(database, access.teamId, params.id);
    return key === null ? notFound('API key') : { body: keyJson(key) };
  },
});

const create = route({
  method: 'POST',
  path: '/api/v1/keys',
  scope: 'write',
  role: 'admin',
  tag,
  summary: 'Make an API key',
  description: 'The key itself is in this answer only; we keep its hash.',
  body: named(
    'ApiKeyCreate',
    z.strictObject({
      name: line(MAX_KEY_NAME_CHARACTERS),
      scope: z.enum(API_SCOPES),
      expires_at: givenInstant.nullable().optional().meta({ description: 'Null or not given: it does not expire.' }),
    }),
  ),
  example: { name: 'deployment', scope: 'write' },
  status: 201,
  answer: named('ApiKeyCreated', z.strictObject({ ...keyFields, key: z.string() })),
  async handle({ body, key: access, caller }, { database, clock, random, newId }) {
    const now = clock.now();
    const expiresAt = body.expires_at ? instantOf(body.expires_at) : null;
    if (expiresAt !== null && (expiresAt <= now || expiresAt > LAST_GIVEN_INSTANT)) {
      return invalid([{ field: 'expires_at', message: 'must be in the future', given: body.expires_at }]);
    }
    if ((await countApiKeys(database, access.teamId)) >= MAX_KEYS) {
      return invalid([{ field: '', message: `a team has at most ${MAX_KEYS} keys; delete one that nobody needs` }]);
    }
    const key = `aw_${randomBase62(random, KEY_CHARACTERS)}`;
    const made = { name: body.name, scope: body.scope, createdAt: now, createdBy: callerName(caller), expiresAt };
    const row = { id: newId(), teamId: access.teamId, ...made };
    await database.transaction((tx) => insertApiKey(tx, row, hashApiKey(key)));
    return { body: { ...keyJson({ ...row, lastUsedAt: null }), key } };
  },
});

const remove = route({
  method: 'DELETE',
  path: '/api/v1/keys/{id}',
  scope: 'write',
  role: 'admin',
  tag,
  summary: 'Delete an API key',
  description: 'It is unknown at once on this node, and within 5 s on every other one.',
  params: idParams,
  status: 204,
  problems: ['not_found', 'last_write_key'],
  async handle({ params, key }, { database, keyRing }) {
    const result = await database.transaction((tx) => deleteApiKey(tx, key.teamId, params.id));
    if (result === 'not_found') return notFound('API key');
    if (result === 'last_write_key') {
      return new Problem('last_write_key', 'no other key of the team can write for as long as this one');
    }
    keyRing.forget(params.id);
    return { body: undefined };
  },
});

export const keyRoutes: readonly Route[] = [list, read, create, remove];
