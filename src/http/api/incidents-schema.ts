import { z } from 'zod';
import { MONITOR_KINDS, STATUSES } from '../../core/monitor.ts';
import { PING_KINDS } from '../../core/signal.ts';
import { id, instant, maybeInstant, named } from './common.ts';
import { suppressedAnswer } from './sites-schema.ts';

export const causeAnswer = named(
  'Cause',
  z.strictObject({
    code: z.enum(['missed', 'not_started', 'failed', 'overran']),
    data: z.record(z.string(), z.unknown()).meta({ description: 'The numbers behind it, by the code.' }),
    text: z.string().meta({ description: "A sentence in the team's language." }),
  }),
);

const incidentFields = {
  id,
  monitor: z.strictObject({ id, name: z.string(), kind: z.enum(MONITOR_KINDS), status: z.enum(STATUSES) }),
  cause: causeAnswer,
  state: z.enum(['open', 'resolved']),
  opened_at: instant.meta({ description: 'The deadline that passed.' }),
  detected_at: instant,
  resolved_at: maybeInstant,
  resolution: z.enum(['recovered', 'withdrawn', 'paused', 'deleted']).nullable(),
  resolution_text: z.string().nullable().meta({ description: "How it ended, in the team's language." }),
  duration_seconds: z.number().meta({ description: 'So far, for an open one.' }),
  missed_slots: z.int(),
  acknowledged: z
    .strictObject({ at: instant, by: z.string().meta({ description: 'Who.' }), note: z.string() })
    .nullable()
    .meta({ description: 'Who took it on; no reminders are sent from then on.' }),
  snoozed_until: maybeInstant.meta({ description: 'No reminders before that.' }),
  reminders: z.int().meta({ description: 'How often it was told again.' }),
  suppressed: suppressedAnswer
    .nullable()
    .meta({ description: 'Its alarm is or was held for a site; null: it never was.' }),
};

export const incidentAnswer = named('Incident', z.strictObject(incidentFields));

export const incidentsAnswer = named(
  'IncidentPage',
  z.strictObject({ incidents: z.array(incidentAnswer), next_cursor: z.string().nullable() }),
);

export const incidentDetailAnswer = named(
  'IncidentDetail',
  z.strictObject({
    ...incidentFields,
    evidence: z.strictObject({
      last_good_run: z
        .strictObject({ started_at: maybeInstant, ended_at: instant, duration_seconds: z.number().nullable() })
        .nullable(),
      signals: z.array(
        z.strictObject({
          n: z.int(),
          at: instant,
          kind: z.enum(PING_KINDS),
          counted: z.boolean(),
          reason: z.string().nullable(),
          exit_status: z.int().nullable(),
          run_id: z.string().nullable(),
        }),
      ),
      output_tail: z.string().nullable().meta({ description: "The end of the job's own output." }),
    }),
    notes: z
      .array(z.strictObject({ at: instant, cause: causeAnswer }))
      .meta({ description: 'What else happened while it was open.' }),
    notices: z
      .array(
        z.strictObject({
          id,
          kind: z.string(),
          channel: z.strictObject({ id, name: z.string() }),
          delivery_id: id,
          state: z
            .string()
            .meta({ description: '`sent`: it arrived. `suppressed`: held, see `suppressed` of the incident.' }),
          reason: z.string().nullable(),
          created_at: instant,
          finished_at: maybeInstant,
        }),
      )
      .meta({ description: 'Who was told, and whether it arrived.' }),
  }),
);
