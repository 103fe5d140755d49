import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type JournaledPing, readRecord, writeRecord } from './journal-record.ts';

const text = (maxLength: number) => fc.string({ unit: 'binary', maxLength });
const batchOfAnything: fc.Arbitrary<JournaledPing[]> = fc.array(
  fc.record(
    {
      monitorId: fc.uuid(),
      ping: fc.record(
        {
          key: fc.constant(null),
          name: fc.constant(null),
          kind: fc.constantFrom('success', 'start', 'fail', 'log'),
          receivedAt: fc.integer({ min: 0, max: 8_640_000_000_000_000 }),
          reportedAt: fc.constant(null),
          runId: fc.constant(null),
          exitStatus: fc.option(fc.integer({ min: 0, max: 255 })),
          idempotencyKey: fc.constant(null),
          method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT'),
          remoteAddr: fc.oneof(fc.ipV4(), fc.ipV6()),
          userAgent: text(200),
          body: fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))),
          bodySize: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        },
        { noNullPrototype: true },
      ),
    },
    { noNullPrototype: true },
  ),
  { maxLength: 20 },
);

describe('a record of the ping journal', () => {
  it('gives back every batch as it was', () => {
    fc.assert(
      fc.property(batchOfAnything, (batch) => assert.deepEqual(readRecord(Buffer.from(writeRecord(batch))), batch)),
    );
  });

  it('takes a body of 100 kB and the longest of everything', () => {
    const [one] =
      fc.sample(
        batchOfAnything.filter((batch) => batch.length > 0),
        1,
      )[0] ?? [];
    assert.ok(one);
    const ping = {
      ...one.ping,
      userAgent: '\u{1f514}'.repeat(100),
      body: Buffer.alloc(100_000, 'é'),
      bodySize: 2 ** 24,
    };
    const batch = [
      { ...one, ping },
      { ...one, ping },
    ];
    assert.deepEqual(readRecord(writeRecord(batch)), batch);
  });

  it('is not read in a format that is not known', () => {
    assert.throws(() => readRecord(Buffer.from([9, 0])), /unknown format 9/);
  });
});
