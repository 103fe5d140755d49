import type { Chance } from './chance.ts';
import type { Request } from './requests.ts';

/** How a request is written. */
export interface Writing {
  readonly version: '1.0' | '1.1';
  readonly chunked: boolean;
  /** Said in a header; HTTP/1.0 closes by itself. */
  readonly close: boolean;
}

export function anyWriting(chance: Chance): Writing {
  const version = chance.once(25) ? '1.0' : '1.1';
  return { version, chunked: version === '1.1' && chance.once(4), close: chance.once(25) };
}

/** The bytes of one chunk. */
export function chunkBytes(bytes: Buffer, extension = ''): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}${extension}\r\n`), bytes, Buffer.from('\r\n')]);
}

const MAX_CHUNKS = 40;

function chunks(body: Buffer, chance: Chance): Buffer {
  const parts: Buffer[] = [];
  const size = Math.max(1, Math.ceil(body.length / chance.int(1, MAX_CHUNKS)));
  for (let from = 0; from < body.length; from += size) {
    parts.push(chunkBytes(body.subarray(from, from + size), chance.once(10) ? ';name="value"' : ''));
  }
  const trailers = chance.once(6) ? 'X-Checksum: 5\r\nX-Api-Key: x\r\nHost: other\r\n' : '';
  return Buffer.concat([...parts, Buffer.from(`0\r\n${trailers}\r\n`)]);
}

export function headOf(
  { method, target }: Request,
  { version }: Writing,
  headers: readonly (readonly [string, string])[],
): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return Buffer.from([`${method} ${target} HTTP/${version}`, ...lines, '', ''].join('\r\n'), 'latin1');
}

/** The request as bytes. Headers of the request's own come first, as a rude client has it. */
export function encode(request: Request, writing: Writing, chance: Chance): Buffer {
  const headers: (readonly [string, string])[] = [];
  if (!request.headers.some(([name]) => name === 'Host')) headers.push(['Host', 'watch.test']);
  headers.push(...request.headers.filter(([name]) => name !== 'Expect' || request.body !== null));
  if (writing.close) headers.push(['Connection', 'close']);
  else if (request.headers.some(([name]) => name === 'Upgrade')) headers.push(['Connection', 'Upgrade']);
  const { body } = request;
  if (body === null) return headOf(request, writing, headers);
  if (writing.chunked) {
    return Buffer.concat([
      headOf(request, writing, [...headers, ['Transfer-Encoding', 'chunked']]),
      chunks(body, chance),
    ]);
  }
  return Buffer.concat([headOf(request, writing, [...headers, ['Content-Length', String(body.length)]]), body]);
}
