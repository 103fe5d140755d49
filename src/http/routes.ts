import type { FastifyInstance } from 'fastify';
import { type ApiOptions, registerApi } from './api/index.ts';
import type { Services } from './services.ts';
import { registerSetupPage } from './setup-page.ts';
import { registerUnsubscribe } from './unsubscribe.ts';
import { registerWrappers } from './wrappers.ts';

/** Everything that is not a ping. */
export async function registerRoutes(app: FastifyInstance, services: Services, options?: ApiOptions): Promise<void> {
  registerApi(app, services, options);
  registerSetupPage(app, services);
  registerUnsubscribe(app, services);
  registerWrappers(app, services);
}
