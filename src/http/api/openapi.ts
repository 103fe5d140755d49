import type { z } from 'zod';
import { PROBLEMS, type ProblemCode } from '../problems.ts';
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts';
import type { Route, RouteScope } from './route.ts';

type Json = Record<string, unknown>;

const SECURITY: Readonly<Record<RouteScope, readonly Json[]>> = {
  open: [],
  read: [{ bearer: [] }, { header: [] }, { session: [] }],
  write: [{ bearer: [] }, { header: [] }, { session: [] }],
  people: [{ session: [] }],
  self: [{ session: [] }],
};

const NEEDS: Readonly<Record<RouteScope, string>> = {
  open: 'Open to everybody.',
  read: 'Needs an API key, or a member of the team who is signed in.',
  write: 'Needs an API key with the scope `write`, or a member of the team with the role `member` or more.',
  people: 'Needs a member of the team who is signed in; no key can do it.',
  self: 'Needs somebody who is signed in, for themselves; no key can do it.',
};

function needsOf({ scope, role }: Route): string {
  return role === undefined ? NEEDS[scope] : `${NEEDS[scope]} People need the role \`${role}\` here.`;
}

const HAS_TEAM: readonly RouteScope[] = ['read', 'write', 'people'];
const TEAM_PARAMETER = {
  name: 'Allswell-Team',
  in: 'header',
  required: false,
  description: 'The id of the team that a person acts for; by default the one chosen for their session.',
  schema: { type: 'string', format: 'uuid' },
};

const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'errors'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(PROBLEMS) },
    id: { type: 'string', description: 'Under which an unexpected error stands in the log.' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'message', 'allowed'],
        properties: {
          field: { type: 'string' },
          message: { type: 'string' },
          given: { description: 'What was given.' },
          allowed: { description: 'What is allowed: a list of values, or a sentence.' },
        },
      },
    },
  },
};

/** Moves the named schemas of one schema to the components, and lets references point there. */
function hoist(schema: JsonSchema, components: Json): Json {
  const { $schema: _, $defs: defs, ...rest } = schema as JsonSchema & { $schema?: unknown };
  for (const [name, named] of Object.entries(defs ?? {})) components[name] = pointed(named);
  return pointed(rest) as Json;
}

function pointed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pointed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      key === '$ref' && typeof item === 'string'
        ? [key, item.replace('#/$defs/', '#/components/schemas/')]
        : [key, pointed(item)],
    ),
  );
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query', components: Json): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [], $defs } = jsonSchemaOf(schema, 'input');
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(property.description === undefined ? {} : { description: property.description }),
    schema: hoist($defs === undefined ? property : { ...property, $defs }, components),
  }));
}

/** The problems that a route can answer with: its own, and those that follow from its declaration. */
export function problemsOf(route: Route): ProblemCode[] {
  const codes: ProblemCode[] = [...(route.problems ?? [])];
  if (route.params || route.query || route.body) codes.push('invalid_request');
  if (route.params !== undefined && !codes.includes('not_found')) codes.push('not_found');
  if (route.body !== undefined) codes.push('invalid_json', 'body_too_large', 'unsupported_media_type');
  if (route.scope === 'read' || route.scope === 'write') codes.push('missing_key', 'unknown_key', 'not_a_member');
  if (route.scope === 'people' || route.scope === 'self') codes.push('sign_in_needed', 'person_needed');
  if (route.scope === 'people') codes.push('not_a_member');
  if (route.scope !== 'open') codes.push('unavailable');
  if (route.scope !== 'open' && route.method !== 'GET') codes.push('cross_site');
  if (route.role !== undefined || route.scope === 'write') codes.push('role_too_low');
  if (route.scope === 'write') codes.push('write_key_needed');
  return codes;
}

function problemResponses(route: Route): Json {
  const byStatus = Map.groupBy(problemsOf(route), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

function responses(route: Route, components: Json): Json {
  const status = route.status ?? 200;
  const media = route.answer === undefined ? route.media : 'application/json';
  const schema = route.answer === undefined ? {} : hoist(jsonSchemaOf(route.answer, 'output'), components);
  const content = media === undefined ? {} : { content: { [media]: { schema } } };
  const also = Object.entries(route.alsoStatus ?? {}).map(([code, description]) => [code, { description, ...content }]);
  return {
    [status]: { description: status === 204 ? 'Done.' : route.summary, ...content },
    ...Object.fromEntries(also),
    ...problemResponses(route),
  };
}

function requestBody({ body, example }: Route, components: Json): Json {
  if (body === undefined) return {};
  const schema = hoist(jsonSchemaOf(body, 'input'), components);
  const required = !body.safeParse(undefined).success;
  const media = { schema, ...(example === undefined ? {} : { example }) };
  return { requestBody: { required, content: { 'application/json': media } } };
}

function operationId({ method, path }: Route): string {
  const words = path
    .replace('/api/v1', '')
    .split(/[/{}.-]+/)
    .filter((word) => word !== '');
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** The OpenAPI 3.1 document of these routes. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const components: Json = { Problem: PROBLEM_SCHEMA };
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: {
        operationId: operationId(route),
        tags: [route.tag],
        summary: route.summary,
        description: [route.description, needsOf(route)].filter(Boolean).join(' '),
        security: SECURITY[route.scope],
        parameters: [
          ...parameters(route.params, 'path', components),
          ...parameters(route.query, 'query', components),
          ...(HAS_TEAM.includes(route.scope) ? [TEAM_PARAMETER] : []),
        ],
        ...requestBody(route, components),
        responses: responses(route, components),
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'allswell',
      version,
      description:
        'The watchman for scheduled work. JSON in snake_case, durations in seconds, instants in RFC 3339 (UTC). Errors are `application/problem+json`; all of them are listed at [/docs/errors](/docs/errors).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key.' },
        header: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The same key in another place.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'allswell.session_token',
          description: 'Somebody who is signed in, see `/api/auth`. With https the name begins with `__Secure-`.',
        },
      },
    },
  };
}
