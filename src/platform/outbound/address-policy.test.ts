import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AddressClass, classifyAddress, judgeAddress, normalizeAddress } from './address-policy.ts';
import { ownPortsPredicate } from './own-ports.ts';

const TABLE: readonly (readonly [string, AddressClass])[] = [
  ['8.8.8.8', 'public'],
  ['2a00:1450:4001:80b::200e', 'public'],
  ['172.15.255.255', 'public'],
  ['172.32.0.1', 'public'],
  ['100.63.255.255', 'public'],
  ['100.128.0.0', 'public'],
  ['223.255.255.255', 'public'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['::1', 'loopback'],
  ['10.0.0.1', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'private'],
  ['100.127.255.255', 'private'],
  ['fc00::1', 'private'],
  ['fdff::1', 'private'],
  ['fec0::1', 'private'],
  ['192.0.2.1', 'special'],
  ['198.18.0.1', 'special'],
  ['2001:db8::1', 'special'],
  ['64:ff9b:1::808:808', 'special'],
  ['169.254.169.254', 'link_local'],
  ['169.254.0.1', 'link_local'],
  ['fe80::1', 'link_local'],
  ['fe80::1%eth0', 'link_local'],
  ['febf::1', 'link_local'],
  ['100.100.100.200', 'metadata'],
  ['168.63.129.16', 'metadata'],
  ['192.0.0.192', 'metadata'],
  ['fd00:ec2::254', 'metadata'],
  ['fd00:ec2::23', 'metadata'],
  ['fd20:ce::254', 'metadata'],
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['::', 'unspecified'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.250', 'multicast'],
  ['ff02::1', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'reserved'],
  // IPv4 in other clothes
  ['::ffff:8.8.8.8', 'public'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['::ffff:169.254.169.254', 'link_local'],
  ['::ffff:100.100.100.200', 'metadata'],
  ['64:ff9b::8.8.8.8', 'public'],
  ['64:ff9b::10.0.0.1', 'private'],
  ['64:ff9b::169.254.169.254', 'link_local'],
  ['64:ff9b:1::169.254.169.254', 'link_local'],
  ['::ffff:0:127.0.0.1', 'loopback'],
  ['2002:a9fe:a9fe::1', 'link_local'],
  ['2002:7f00:1::', 'loopback'],
  ['2002:808:808::1', 'special'],
  ['2001:0:a9fe:a9fe::1', 'link_local'],
  ['2001:0:808:808:0:0:5601:5601', 'link_local'],
  ['::127.0.0.1', 'loopback'],
  ['::169.254.169.254', 'link_local'],
  ['::808:808', 'special'],
  ['::7f00:1', 'loopback'],
  ['2a00:1450::5efe:10.0.0.1', 'private'],
  ['2a00:1450::200:5efe:169.254.169.254', 'link_local'],
  ['not an address', 'invalid'],
  ['', 'invalid'],
];

for (const [address, expected] of TABLE) {
  test(`${address || '(empty)'} is ${expected}`, () => assert.equal(classifyAddress(address), expected));
}

const nobody = () => false;
const OPEN_ON_REQUEST: readonly AddressClass[] = ['loopback', 'private', 'special'];

test('a closed install calls public addresses only, an open one private ranges too, and nobody the rest', () => {
  for (const [address, kind] of TABLE) {
    const closed = judgeAddress(address, 443, { privateTargets: false, isOwn: nobody });
    const open = judgeAddress(address, 443, { privateTargets: true, isOwn: nobody });
    assert.equal(closed.open, kind === 'public', address);
    assert.equal(open.open, kind === 'public' || OPEN_ON_REQUEST.includes(kind), address);
    if (!closed.open) assert.equal(closed.reason, kind);
  }
});

test('an IPv4 address is never judged more kindly in one of its IPv6 forms', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const strict = { privateTargets: false, isOwn: nobody };
  const lax = { privateTargets: true, isOwn: nobody };
  fc.assert(
    fc.property(fc.tuple(byte, byte, byte, byte), ([a, b, c, d]) => {
      const dotted = [a, b, c, d].join('.');
      const hex = [a * 256 + b, c * 256 + d].map((part) => part.toString(16)).join(':');
      const forms = [`::ffff:${dotted}`, `64:ff9b::${dotted}`, `64:ff9b:1::${dotted}`, `::ffff:0:${dotted}`];
      for (const form of [...forms, `2002:${hex}::1`, `2a00:1::5efe:${dotted}`]) {
        for (const rules of [strict, lax]) {
          if (!judgeAddress(dotted, 80, rules).open) assert.equal(judgeAddress(form, 80, rules).open, false, form);
        }
      }
    }),
  );
});

test('our own ports are closed on our own addresses, in every spelling, and nowhere else', () => {
  const isOwn = ownPortsPredicate([{ host: '::', port: 8080 }], () => ['192.168.1.5', 'fd00::5']);
  const rules = { privateTargets: true, isOwn };
  for (const address of [
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '::ffff:127.0.0.1',
    '192.168.1.5',
    '::ffff:192.168.1.5',
    'fd00::5',
  ]) {
    assert.deepEqual(judgeAddress(address, 8080, rules), { open: false, reason: 'own' }, address);
    assert.equal(judgeAddress(address, 8081, rules).open, true, address);
  }
  assert.equal(judgeAddress('192.168.1.6', 8080, rules).open, true);
});

test('a listener on one address closes that address only; one on a name closes all of ours', () => {
  const one = ownPortsPredicate([{ host: '127.0.0.1', port: 80 }], () => ['192.168.1.5']);
  assert.equal(one('127.0.0.1', 80), true);
  assert.equal(one('192.168.1.5', 80), false);
  const named = ownPortsPredicate([{ host: 'localhost', port: 80 }], () => ['192.168.1.5']);
  assert.equal(named('192.168.1.5', 80), true);
});

test('addresses are compared in one spelling', () => {
  assert.equal(normalizeAddress('::ffff:10.0.0.1'), '10.0.0.1');
  assert.equal(normalizeAddress('fe80::1%eth0'), 'fe80:0:0:0:0:0:0:1');
});
