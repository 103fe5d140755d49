import type { FastifyInstance } from 'fastify';
import { type ApiOptions, registerApi } from './api/index.ts';
import { registerAuth } from './auth.ts';
import { registerDashboard } from './dashboard.ts';
import { registerDialects } from './dialects/mount.ts';
import { registerPages } from './pages.ts';
import type { Services } from './services.ts';
import { settleBeforeRequests } from './settled.ts';
import { registerStatusPages } from './status-pages.ts';
import { registerWrappers } from './wrappers.ts';

/** Everything that is not a ping. */
export async function registerRoutes(app: FastifyInstance, services: Services, options?: ApiOptions): Promise<void> {
  settleBeforeRequests(app, services);
  registerApi(app, services, options);
  registerAuth(app, services);
  if (services.dashboard !== null) registerDashboard(app, services.dashboard);
  registerPages(app, services);
  registerStatusPages(app, services);
  registerWrappers(app, services);
  registerDialects(app, services);
}
