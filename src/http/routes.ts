import type { FastifyInstance } from 'fastify';
import { registerApi } from './api/index.ts';
import type { Services } from './services.ts';
import { registerSetupPage } from './setup-page.ts';
import { registerUnsubscribe } from './unsubscribe.ts';

/** Everything that is not a ping. */
export async function registerRoutes(app: FastifyInstance, services: Services): Promise<void> {
  registerApi(app, services);
  registerSetupPage(app, services);
  registerUnsubscribe(app, services);
}
