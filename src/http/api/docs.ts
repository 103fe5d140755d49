import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { escapeHtml, PAGE_HEADERS, pageHtml } from '../page.ts';
import { PROBLEMS } from '../problems.ts';
import { openApiDocument } from './openapi.ts';
import { type Route, route } from './route.ts';

const tag = 'Service';
/** Pages whose scripts and styles come from this server alone, and nothing is inline. */
const DOCS_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
};
const ASSET_CACHE = 'public, max-age=86400';

/** What the page needs of the package swagger-ui-dist. */
const ASSETS = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const;
const START_SCRIPT = 'start.js';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>API · allswell</title>
<link rel="icon" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/${START_SCRIPT}"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({
  url: '/api/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

const page = route({
  method: 'GET',
  path: '/docs',
  scope: 'open',
  tag,
  summary: 'This documentation as a page where each call can be tried',
  media: 'text/html; charset=utf-8',
  handle: async () => ({ body: PAGE, headers: DOCS_HEADERS }),
});

const asset = route({
  method: 'GET',
  path: '/docs/assets/{file}',
  scope: 'open',
  tag,
  summary: 'Parts of the documentation page',
  params: z.strictObject({ file: z.enum([START_SCRIPT, ...(Object.keys(ASSETS) as (keyof typeof ASSETS)[])]) }),
  media: 'application/octet-stream',
  async handle({ params: { file } }) {
    if (file === START_SCRIPT) {
      return {
        body: START,
        headers: { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': ASSET_CACHE },
      };
    }
    const body = await readFile(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${file}`)));
    return { body, headers: { 'content-type': ASSETS[file], 'cache-control': ASSET_CACHE } };
  },
});

function errorHtml(code: string, { status, title, help }: (typeof PROBLEMS)[keyof typeof PROBLEMS]): string {
  const text = escapeHtml(help).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
  return `<h2 id="${code}"><code>${code}</code></h2><p><b>${status}. ${escapeHtml(title)}.</b> ${text}</p>`;
}

const errors = route({
  method: 'GET',
  path: '/docs/errors',
  scope: 'open',
  tag,
  summary: 'Every error of the API, as a page',
  media: 'text/html; charset=utf-8',
  async handle() {
    const body = Object.entries(PROBLEMS).map(([code, problem]) => errorHtml(code, problem));
    const html = pageHtml({ language: 'en', title: 'Errors of the API', body: body.join('') });
    return { body: html, headers: PAGE_HEADERS };
  },
});

/** The documentation of `routes` and of itself. */
export function docsRoutes(routes: readonly Route[], version: string): readonly Route[] {
  const all: Route[] = [];
  let text: string | null = null;
  const document = route({
    method: 'GET',
    path: '/api/openapi.json',
    scope: 'open',
    tag,
    summary: 'This documentation as OpenAPI 3.1',
    media: 'application/json; charset=utf-8',
    async handle() {
      text ??= JSON.stringify(openApiDocument(all, version));
      return { body: text };
    },
  });
  all.push(...routes, document, page, errors, asset);
  return all;
}
