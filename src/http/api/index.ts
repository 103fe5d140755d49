import type { FastifyInstance } from 'fastify';
import type { Services } from '../services.ts';
import { channelRoutes } from './channels.ts';
import { createKeyRing } from './keys-ring.ts';
import { monitorRoutes } from './monitors.ts';
import type { Route } from './route.ts';
import { type RouteOptions, registerRoutes } from './server.ts';

export type { RouteOptions as ApiOptions } from './server.ts';

/** Every call of the API. */
export const ROUTES: readonly Route[] = [...monitorRoutes, ...channelRoutes];

/** Puts the API onto a Fastify instance. */
export function registerApi(
  app: FastifyInstance,
  services: Services,
  options: RouteOptions = { checkAnswers: false },
): void {
  const context = { ...services, keyRing: createKeyRing(services) };
  registerRoutes(app, context, ROUTES, options);
}
