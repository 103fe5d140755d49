import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditRule } from '../../src/http/api/audit-trail.ts';
import { ROUTES } from '../../src/http/api/index.ts';
import { en } from '../../web/src/language/en/team.ts';
import { ru } from '../../web/src/language/ru/team.ts';

test('every change that the log of changes can hold has its words in both languages', () => {
  const missing = ROUTES.flatMap((route) => {
    const [kind = '', verb = ''] = auditRule(route)?.action.split('.') ?? [];
    if (kind === '') return [];
    return [en.audit, ru.audit].flatMap((words) => [
      ...(words.kinds[kind] === undefined ? [kind] : []),
      ...(words.verbs[verb] === undefined ? [`${verb} (${route.path})`] : []),
    ]);
  });
  assert.deepEqual(missing, []);
});
