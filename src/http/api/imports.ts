import type { z } from 'zod';
import { type ImportItem, type ImportOutcome, importMonitors } from '../../watch/imports.ts';
import type { Refused } from '../../watch/manage.ts';
import { settleJob } from '../dialects/gocron-import.ts';
import { instantOf, teamOf } from './common.ts';
import { FIELD_NAMES, importAnswer, importBody } from './imports-schema.ts';
import { wishOf } from './monitors.ts';
import { type Route, route } from './route.ts';

type Item = z.output<typeof importBody>['monitors'][number];

function itemOf({ external_key, monitor, last_heard_at, was_up, paused }: Item): ImportItem {
  const { kind, key, name, ...rest } = monitor;
  return {
    externalKey: external_key,
    wish: { ...wishOf(rest), kind, name, key },
    lastHeardAt: last_heard_at ? instantOf(last_heard_at) : null,
    wasUp: was_up,
    pause: paused ? { mode: paused } : null,
  };
}

function errorsOf(refused: Refused | null): { field: string; message: string }[] {
  switch (refused?.refused) {
    case undefined:
      return [];
    case 'invalid':
      return refused.errors.map(({ field, message }) => ({ field, message }));
    case 'key_taken':
      return [{ field: 'key', message: 'is taken by another monitor' }];
    case 'slug_taken':
      return [{ field: 'slug', message: 'is taken by another monitor' }];
    default:
      return [{ field: '', message: 'was changed by somebody else at the same time; import once more' }];
  }
}

function outcomeJson({ externalKey, outcome, id, changed, kept, notes, refused }: ImportOutcome) {
  return {
    external_key: externalKey,
    outcome,
    id,
    changed: changed.map((field) => FIELD_NAMES[field]),
    kept: kept.map((field) => FIELD_NAMES[field]),
    notes: [...notes],
    errors: errorsOf(refused),
  };
}

const imports = route({
  method: 'POST',
  path: '/api/v1/imports',
  scope: 'write',
  tag: 'Monitors',
  summary: 'Take over jobs of another system',
  description:
    'For programs that move jobs here, such as `allswell import --from`. The first time each becomes a monitor; later only what changed there is changed here, and nothing that a person changed here. A monitor is expected from its last sign of life there; one that is overdue already counts from now. Each job is taken over or refused by itself.',
  body: importBody,
  example: {
    source: 'healthchecks',
    monitors: [
      {
        external_key: '7d0f4f6e-9a1c-4a57-8f3a-0c1d2e3f4a5b',
        monitor: {
          kind: 'heartbeat',
          name: 'nightly backup',
          key: '7d0f4f6e-9a1c-4a57-8f3a-0c1d2e3f4a5b',
          schedule: { type: 'cron', expression: '0 2 * * *', timezone: 'Europe/Moscow' },
          grace_seconds: 3600,
        },
        last_heard_at: '2026-11-21T02:04:00Z',
        was_up: true,
      },
    ],
  },
  answer: importAnswer,
  async handle(request, context) {
    const { source, check, monitors } = request.body;
    const team = await teamOf(request, context);
    const owner = { teamId: team.id, timezone: team.timezone };
    const outcomes = await importMonitors(context, owner, { source, check, items: monitors.map(itemOf) });
    if (source === 'gocron' && !check) {
      for (const [index, { gocron, external_key: key }] of monitors.entries()) {
        if (gocron !== undefined)
          await settleJob(context, team.id, key, gocron, outcomes[index]?.outcome === 'created');
      }
    }
    return { body: { monitors: outcomes.map(outcomeJson) } };
  },
});

export const importRoutes: readonly Route[] = [imports];
