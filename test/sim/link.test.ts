import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Database } from '../../src/store/database.ts';
import { useDatabase } from '../harness/database.ts';
import { sql } from '../harness/fixtures.ts';
import { createLink, linkDatabase } from './link.ts';
import { createQuiet } from './quiet.ts';

describe('the link between a simulated node and the database', () => {
  const db = useDatabase();
  const quiet = createQuiet();

  const linked = () => {
    const link = createLink();
    const database = linkDatabase(link, { inner: db.database, quiet, answer: () => null, prepare: () => null });
    return { link, database };
  };
  const insert = (database: Database, name: string) =>
    database.transaction(async (tx) => {
      await tx.query({ name: 'link_insert', text: 'INSERT INTO install (name, value) VALUES ($1, $1)' }, [name]);
    });
  const isThere = async (name: string) =>
    (await sql(db.database, 'SELECT 1 FROM install WHERE name = $1', [name])).length > 0;

  test('cut before COMMIT nothing is stored, cut behind it everything is, and the node hears an error both times', async () => {
    for (const when of ['before', 'after'] as const) {
      const { link, database } = linked();
      const strike = () => {
        link.isAway = true;
        link.breakOff();
      };
      // The insert passes, COMMIT is struck.
      link.cut = { left: 2, when, strike };
      await assert.rejects(insert(database, `away ${when}`), { code: 'ECONNRESET' });
      assert.equal(await isThere(`away ${when}`), when === 'after');
    }
  });

  test('a dead node hears nothing more, and holds no lock', async () => {
    const { link, database } = linked();
    const strike = () => {
      link.isDead = true;
      link.breakOff();
    };
    link.cut = { left: 1, when: 'after', strike };
    let heard = false;
    const mark = () => {
      heard = true;
    };
    void insert(database, 'dead').then(mark, mark);
    await quiet.settled();
    assert.equal(heard, false);
    // The same row: it would wait here for ever if the other transaction were still open.
    await insert(linked().database, 'dead');
    assert.ok(await isThere('dead'));
  });

  test('while the database is away every statement fails', async () => {
    const { link, database } = linked();
    link.isAway = true;
    await assert.rejects(database.query({ name: 'link_one', text: 'SELECT 1' }), { code: 'ECONNRESET' });
    await assert.rejects(insert(database, 'never'), { code: 'ECONNRESET' });
    link.isAway = false;
    await insert(database, 'again');
    assert.ok(await isThere('again'));
  });
});
