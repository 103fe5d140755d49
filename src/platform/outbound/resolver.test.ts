import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createSystemResolver, parseHosts } from './resolver.ts';

const TYPE_A = 1;
/** A name server that knows the A record of `known.test`, says that others do not exist, and is mute about `mute.test`. */
async function startNameServer(onQuestion: (name: string) => void): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (query, peer) => {
    const { name, type, end } = readQuestion(query);
    onQuestion(name);
    if (name === 'mute.test') return;
    const isKnown = name === 'known.test';
    const hasAnswer = isKnown && type === TYPE_A;
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(isKnown ? 0x8180 : 0x8183, 2);
    header.writeUInt16BE(hasAnswer ? 1 : 0, 6);
    header.writeUInt32BE(0, 8);
    const record = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
    socket.send(
      Buffer.concat([header, query.subarray(12, end), ...(hasAnswer ? [record] : [])]),
      peer.port,
      peer.address,
    );
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

let server: Socket;
let folder: string;
let onQuestion: (name: string) => void = () => undefined;
const never = new AbortController().signal;
before(async () => {
  server = await startNameServer((name) => onQuestion(name));
  folder = await mkdtemp(join(tmpdir(), 'resolver-'));
});
after(async () => {
  server.close();
  await rm(folder, { recursive: true });
});
const resolver = () =>
  createSystemResolver({ hostsFile: join(folder, 'hosts'), servers: [`127.0.0.1:${server.address().port}`] });

test('the name servers are asked', async () => {
  assert.deepEqual(await resolver()('Known.Test.', never), ['192.0.2.7']);
});

test('a name that nobody knows is an error with a code', async () => {
  await assert.rejects(resolver()('unknown.invalid', never), { code: 'ENOTFOUND' });
});

test('a name server that does not answer is not waited for after an abort', async () => {
  const controller = new AbortController();
  onQuestion = (name) => {
    if (name === 'mute.test') controller.abort();
  };
  await assert.rejects(resolver()('mute.test', controller.signal), { code: 'ECANCELLED' });
});

test('localhost never leaves the machine', async () => {
  assert.deepEqual(await resolver()('api.localhost', never), ['127.0.0.1', '::1']);
});

test('the hosts file comes first and is read again when it changed', async () => {
  const resolve = resolver();
  await writeFile(join(folder, 'hosts'), '10.0.0.1 known.test\n');
  assert.deepEqual(await resolve('known.test', never), ['10.0.0.1']);
  await writeFile(join(folder, 'hosts'), '10.0.0.25 known.test # moved\n');
  assert.deepEqual(await resolve('known.test', never), ['10.0.0.25']);
  await rm(join(folder, 'hosts'));
  assert.deepEqual(await resolve('known.test', never), ['192.0.2.7']);
});

test('hosts lines may have many names, comments and nonsense', () => {
  const map = parseHosts('# all\n127.0.0.1\tLocal  other # end\n::1 local\nnonsense x\n\n10.0.0.1');
  assert.deepEqual(
    [...map],
    [
      ['local', ['127.0.0.1', '::1']],
      ['other', ['127.0.0.1']],
    ],
  );
});
