import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { getMigrations } from 'better-auth/db/migration';
import { useDatabase } from '../../test/harness/database.ts';
import { sql, testSealer } from '../../test/harness/fixtures.ts';
import { testLogger } from '../../test/harness/postgres.ts';
import { systemRandom } from '../platform/random.ts';
import { authOptions } from './identity-library.ts';
import { createPasswords } from './password.ts';

const db = useDatabase();
const oidc = { issuer: 'http://127.0.0.1:9', clientId: 'x', clientSecret: 'x' };

describe('the tables of the identity library', () => {
  test('are in our migrations as it wants them, with nothing besides', async () => {
    const options = authOptions({
      database: db.database,
      newId: () => 'x',
      logger: testLogger,
      sealer: testSealer,
      publicUrl: 'https://watch.example/sub',
      passwords: createPasswords(systemRandom),
      mails: { resetPassword: () => undefined, confirmEmail: () => undefined, signInLink: () => undefined },
      confirmsEmail: true,
      oidc: { ...oidc, issuer: 'http://127.0.0.1:9' },
      passkeys: true,
      mayMakeAccount: async () => true,
    });
    const missing = await getMigrations(options);
    assert.deepEqual(
      missing.toBeCreated.map(({ table }) => table),
      [],
    );
    assert.deepEqual(
      missing.toBeAdded.map(({ table, fields }) => [table, Object.keys(fields)]),
      [],
    );
  });

  test('take time from whoever writes', async () => {
    const columns = await sql<{ name: string }>(
      db.database,
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
        WHERE table_name LIKE 'auth\\_%' AND column_default IS NOT NULL`,
    );
    assert.deepEqual(columns, []);
  });
});
