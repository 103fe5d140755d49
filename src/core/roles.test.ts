import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isAtLeast, mayChangeRole, ROLES } from './roles.ts';

describe('roles', () => {
  test('each may do what those below it may', () => {
    for (const [place, role] of ROLES.entries()) {
      for (const [below, least] of ROLES.entries()) assert.equal(isAtLeast(role, least), place >= below);
    }
  });

  test('members and readers change no role', () => {
    for (const actor of ['readonly', 'member'] as const) {
      for (const from of [null, ...ROLES]) {
        for (const to of [null, ...ROLES]) assert.equal(mayChangeRole(actor, from, to), false);
      }
    }
  });

  test('admins manage everybody but owners, owners manage everybody', () => {
    for (const from of [null, ...ROLES]) {
      for (const to of [null, ...ROLES]) {
        assert.equal(mayChangeRole('owner', from, to), true);
        assert.equal(mayChangeRole('admin', from, to), from !== 'owner' && to !== 'owner', `${from} → ${to}`);
      }
    }
  });
});
