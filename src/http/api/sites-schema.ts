import { z } from 'zod';
import { HOLD_OUTCOMES, HOLD_REASONS } from '../../core/sites.ts';
import { id, instant, line, maybeInstant, named, paging } from './common.ts';

export const MAX_SITE_NAME_CHARACTERS = 100;

const gateway = id.meta({
  description: 'The monitor whose silence explains that of the others. It stands behind no site itself.',
});

export const siteCreate = named(
  'SiteCreate',
  z.strictObject({ name: line(MAX_SITE_NAME_CHARACTERS), gateway_monitor_id: gateway }),
);

export const sitePatch = named(
  'SitePatch',
  z.strictObject({ name: line(MAX_SITE_NAME_CHARACTERS).optional(), gateway_monitor_id: gateway.optional() }),
);

export const siteQuery = z.strictObject({ ...paging });

const reason = z.enum(HOLD_REASONS).meta({
  description:
    '`confirming`: a minute for the gateway to go first. `site_dark`: it is down. `site_lit`: it is back, and the monitor gets min(interval, 15 min) + grace to show itself.',
});

/** Why nobody was told of an incident, or later. */
export const suppressedAnswer = named(
  'Suppressed',
  z.strictObject({
    site_id: id.nullable().meta({ description: 'Null for a maintenance, and once the site was deleted.' }),
    maintenance_id: id.nullable().meta({ description: 'Null for a site, and once the maintenance was deleted.' }),
    reason,
    since: instant,
    until: maybeInstant.meta({ description: 'When it is decided what is told; null while the site is dark.' }),
    ended_at: maybeInstant,
    outcome: z.enum(HOLD_OUTCOMES).nullable().meta({
      description:
        'Null: it is held now. `told`: the alarm went out after all. `recovered`: over by itself before that, it is only listed. `closed`: paused, deleted or withdrawn.',
    }),
  }),
);

const siteFields = {
  id,
  name: z.string(),
  gateway_monitor_id: id.nullable(),
  gateway_name: z.string().nullable().meta({ description: 'Null when the gateway was deleted: nothing is held then.' }),
  monitors: z.int().meta({ description: 'How many stand behind it.' }),
  dark_since: maybeInstant.meta({ description: 'Since when its gateway is down; null: lit.' }),
  lit_at: maybeInstant.meta({ description: 'When the last darkness was over.' }),
  held: z.int().meta({ description: 'Incidents whose alarms are held now.' }),
  created_at: instant,
  updated_at: instant,
};

export const siteAnswer = named('Site', z.strictObject(siteFields));

export const siteDetailAnswer = named(
  'SiteDetail',
  z.strictObject({
    ...siteFields,
    held_incidents: z
      .array(
        z.strictObject({
          incident_id: id,
          monitor: z.strictObject({ id, name: z.string() }),
          opened_at: instant,
          reason,
          since: instant,
          until: maybeInstant,
        }),
      )
      .meta({ description: 'The first hundred of them.' }),
  }),
);

export const sitesAnswer = named(
  'SitePage',
  z.strictObject({ sites: z.array(siteAnswer), next_cursor: z.string().nullable() }),
);
