import type { FastifyInstance } from 'fastify';

import { createStreams } from '../live/streams.ts';

import { productVersion } from '../product-version.ts';

import type { Services } from '../services.ts';
import { auditRoutes } from './audit.ts';
import { channelRoutes } from './channels.ts';
import { deliveryRoutes } from './deliveries.ts';
import { docsRoutes } from './docs.ts';
import { entryRoutes } from './entry.ts';
import { eventRoutes } from './events.ts';
import { importRoutes } from './imports.ts';

import { incidentCareRoutes } from './incident-care.ts';
import { incidentRoutes } from './incidents.ts';
import { installRoutes } from './install.ts';
import { invitationRoutes } from './invitations.ts';
import { keyRoutes } from './keys.ts';
import { createKeyRing } from './keys-ring.ts';
import { maintenanceRoutes } from './maintenance.ts';
import { meRoutes } from './me.ts';
import { memberRoutes } from './members.ts';
import { monitorHistoryRoutes } from './monitor-history.ts';
import { monitorRoutes } from './monitors.ts';
import { monitorsManyRoutes } from './monitors-many.ts';
import { overviewRoutes } from './overview.ts';
import type { Route } from './route.ts';
import { runRoutes } from './runs.ts';
import { scheduleRoutes } from './schedules.ts';
import { type RouteOptions, registerRoutes } from './server.ts';
import { serviceRoutes } from './service.ts';
import { signalRoutes } from './signals.ts';
import { siteRoutes } from './sites.ts';
import { statusPageRoutes } from './status-pages.ts';
import { summariesRoutes } from './summaries.ts';
import { summaryRoutes } from './summary.ts';
import { teamRoutes } from './team.ts';
import { telegramLinkRoutes } from './telegram-links.ts';
import { uptimeRoutes } from './uptime.ts';

export type { RouteOptions as ApiOptions } from './server.ts';

/** Every call of the API, and its documentation. */
export const ROUTES: readonly Route[] = docsRoutes(
  [
    ...monitorRoutes,
    ...monitorsManyRoutes,
    ...overviewRoutes,
    ...importRoutes,
    ...signalRoutes,
    ...runRoutes,
    ...uptimeRoutes,
    ...monitorHistoryRoutes,
    ...incidentRoutes,
    ...incidentCareRoutes,
    ...siteRoutes,
    ...maintenanceRoutes,
    ...statusPageRoutes,
    ...channelRoutes,
    ...telegramLinkRoutes,
    ...deliveryRoutes,
    ...summaryRoutes,
    ...summariesRoutes,
    ...scheduleRoutes,
    ...teamRoutes,
    ...memberRoutes,
    ...invitationRoutes,
    ...keyRoutes,
    ...eventRoutes,
    ...auditRoutes,
    ...entryRoutes,
    ...meRoutes,
    ...installRoutes,
    ...serviceRoutes,
  ],
  productVersion(),
);

/** Puts the API onto a Fastify instance. */
export function registerApi(
  app: FastifyInstance,
  services: Services,
  options: RouteOptions = { checkAnswers: false },
): void {
  const streams = createStreams(services);
  // Before connections are waited for: a stream never ends by itself.
  app.addHook('preClose', () => streams.stop());
  const context = { ...services, keyRing: createKeyRing(services), streams };
  registerRoutes(app, context, ROUTES, options);
}
