import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { readConfig } from '../config.ts';
import { describeStartFault } from './start-fault.ts';

describe('what keeps a server from starting', () => {
  const read = readConfig({ PORT: '8080', HOST: '192.0.2.1', ALLSWELL_DATA: '/data' }, '/');
  assert.ok(read.ok);
  const { config } = read;
  const fault = (code: string, syscall: string) =>
    describeStartFault(Object.assign(new Error(`${syscall} ${code}`), { code, syscall }), config);

  test('is said with the setting that can mend it', () => {
    assert.match(fault('EADDRINUSE', 'listen'), /^PORT: 8080 is in use by another program/);
    assert.match(fault('EACCES', 'listen'), /^PORT: this user may not listen on 8080/);
    assert.match(fault('EADDRNOTAVAIL', 'listen'), /^HOST: "192.0.2.1" is no address/);
    assert.match(fault('ENOTFOUND', 'getaddrinfo'), /^HOST: /);
    assert.match(fault('EROFS', 'mkdir'), /^ALLSWELL_DATA: \/data cannot be used \(mkdir EROFS\)$/);
    assert.equal(fault('ECONNREFUSED', 'connect'), 'connect ECONNREFUSED');
    assert.equal(fault('EACCES', 'connect'), 'connect EACCES');
    assert.equal(describeStartFault(new Error('two\n  lines'), config), 'two lines');
    assert.equal(describeStartFault('a word', config), 'a word');
  });

  test('a port that is taken is what the system says of one', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const error = await new Promise((resolve) => createServer().once('error', resolve).listen(port, '127.0.0.1'));
    holder.close();
    assert.match(describeStartFault(error, { ...config, port }), new RegExp(`^PORT: ${port} is in use`));
  });
});
