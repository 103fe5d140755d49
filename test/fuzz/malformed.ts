import type { Chance } from './chance.ts';
import { chunkBytes } from './encode.ts';

const HOST = 'Host: watch.test\r\n';
const post = (path: string, headers: string, body = '') => `POST ${path} HTTP/1.1\r\n${HOST}${headers}\r\n${body}`;
const get = (headers: string, path = '/healthz') => `GET ${path} HTTP/1.1\r\n${HOST}${headers}\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked\r\n';

/** Bytes that are no request, by what is wrong with them. Each gets a 4xx and an end of its connection. */
export const MALFORMED: Readonly<Record<string, (chance: Chance, path: string) => string | Buffer>> = {
  'no line of a request': () => 'hello\r\n\r\n',
  'bytes of any value': (chance) =>
    Buffer.concat([Buffer.from([0xff, 0x00]), chance.bytes(chance.int(10, 500)), Buffer.from('\r\n\r\n')]),
  'a TLS greeting': () => Buffer.from('160301020001fc0303', 'hex'),
  'the preface of HTTP/2': () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'an unknown method': (_, path) => `BREW ${path} HTTP/1.1\r\n${HOST}\r\n`,
  'a method in small letters': (_, path) => `get ${path} HTTP/1.1\r\n${HOST}\r\n`,
  'a version of tomorrow': (_, path) => `GET ${path} HTTP/9.9\r\n${HOST}\r\n`,
  'a space in the address': (_, path) => `GET ${path} x HTTP/1.1\r\n${HOST}\r\n`,
  'no host': (_, path) => `GET ${path} HTTP/1.1\r\n\r\n`,
  'a header without a colon': () => get('nothing here\r\n'),
  'a header name with a space': () => get('X y: z\r\n'),
  'a NUL in a header': () => get('X-Y: a\0b\r\n'),
  'a NUL in the address': () => get('', '/healthz\0'),
  'a length that is no number': (_, path) => post(path, 'Content-Length: abc\r\n'),
  'a length below nothing': (_, path) => post(path, 'Content-Length: -1\r\n'),
  'a length with a sign': (_, path) => post(path, 'Content-Length: +5\r\n', 'hello'),
  'a length without end': (_, path) => post(path, 'Content-Length: 99999999999999999999999\r\n'),
  'two lengths': (_, path) => post(path, 'Content-Length: 5\r\nContent-Length: 6\r\n', 'hello!'),
  'a length and chunks': (_, path) => post(path, `Content-Length: 5\r\n${CHUNKED}`, '0\r\n\r\n'),
  'an encoding that has no end': (_, path) => post(path, 'Transfer-Encoding: gzip\r\n', 'hello'),
  'an encoding behind chunks': (_, path) => post(path, 'Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'),
  'a chunk size that is no number': (_, path) => post(path, CHUNKED, 'zz\r\nhello\r\n0\r\n\r\n'),
  'a chunk size below nothing': (_, path) => post(path, CHUNKED, '-5\r\nhello\r\n0\r\n\r\n'),
  'a chunk size without end': (_, path) => post(path, CHUNKED, 'fffffffffffffffff\r\nhello\r\n0\r\n\r\n'),
  'a chunk longer than it says': (_, path) => post(path, CHUNKED, '3\r\nhello\r\n0\r\n\r\n'),
  'a trailer that says a length': (_, path) => post(path, CHUNKED, '5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n'),
  'bytes in an address that are not ASCII': () => get('', '/api/\u00e9'),
  'a chunk extension without end': (_, path) =>
    Buffer.concat([Buffer.from(post(path, CHUNKED)), chunkBytes(Buffer.from('hello'), `;${'x'.repeat(100_000)}`)]),
  'an address without end': () => get('', `/${'a'.repeat(70_000)}`),
  'a header without end': () => get(`X-Y: ${'a'.repeat(70_000)}\r\n`),
  '10,000 headers': () => get('X-Header: value\r\n'.repeat(10_000)),
  'a tunnel': () => `CONNECT 127.0.0.1:22 HTTP/1.1\r\n${HOST}\r\n`,
};

/** Their heads are right, so that a handler may have answered before the body turns out wrong. */
export const WRONG_BODIES: ReadonlySet<string> = new Set(
  Object.keys(MALFORMED).filter((name) => /chunk |trailer/.test(name)),
);
