import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import type { Services } from './services.ts';

const CACHE = 'public, max-age=3600';
/** The line of each wrapper that says where reports go when nothing else does, and how a text is quoted there. */
const WRAPPERS = [
  {
    file: 'allswell-run.mjs',
    type: 'text/javascript; charset=utf-8',
    line: "const DEFAULT_PING_URL = '';",
    withAddress: (url: string) => `const DEFAULT_PING_URL = ${JSON.stringify(url)};`,
  },
  {
    file: 'allswell.sh',
    type: 'text/x-shellscript; charset=utf-8',
    line: "DEFAULT_PING_URL=''",
    withAddress: (url: string) => `DEFAULT_PING_URL='${url.replaceAll("'", `'\\''`)}'`,
  },
] as const;

type Wrapper = (typeof WRAPPERS)[number];

/** The wrapper as it is handed out: it knows this install's address. Throws when the line for it is gone. */
async function readWrapper({ file, line, withAddress }: Wrapper, pingUrl: string): Promise<string> {
  const source = await readFile(new URL(`../wrapper/${file}`, import.meta.url), 'utf8');
  const at = source.indexOf(`\n${line}\n`) + 1;
  if (at === 0) throw new Error(`${file} has no line for its default address`);
  return source.slice(0, at) + withAddress(pingUrl) + source.slice(at + line.length);
}

/** `/allswell-run.mjs` and `/allswell.sh`, for everybody: hosts fetch them before they have any key. */
export function registerWrappers(app: FastifyInstance, services: Services): void {
  for (const wrapper of WRAPPERS) {
    let made: Promise<{ readonly text: string; readonly etag: string }> | null = null;
    app.get(`/${wrapper.file}`, async (request, reply) => {
      made ??= readWrapper(wrapper, services.pingUrl).then((text) => ({
        text,
        etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`,
      }));
      const { text, etag } = await made;
      reply.headers({ 'cache-control': CACHE, etag, 'x-content-type-options': 'nosniff' }).type(wrapper.type);
      return request.headers['if-none-match'] === etag ? reply.status(304).send() : reply.send(text);
    });
  }
}
