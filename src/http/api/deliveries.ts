import { z } from 'zod';
import { listDeliveries, resendDelivery } from '../../store/delivery-log.ts';
import { Problem } from '../problems.ts';
import { cut, id, idParams, named, notFound, paging, readIdCursor } from './common.ts';
import { DELIVERY_STATES, deliveriesJson, deliveryAnswer, findDeliveryJson } from './delivery-json.ts';
import { type ApiContext, type Route, route } from './route.ts';

const tag = 'Deliveries';
async function shown(teamId: string, deliveryId: string, context: ApiContext) {
  const body = await findDeliveryJson(teamId, deliveryId, context);
  return body === null ? notFound('delivery') : { body };
}

const list = route({
  method: 'GET',
  path: '/api/v1/deliveries',
  scope: 'read',
  tag,
  summary: 'List deliveries',
  description: 'What was sent to channels, newest first, with every attempt.',
  query: z.strictObject({
    channel: id.optional(),
    incident: id.optional(),
    state: z.enum(DELIVERY_STATES).optional(),
    ...paging,
  }),
  answer: named(
    'DeliveryPage',
    z.strictObject({ deliveries: z.array(deliveryAnswer), next_cursor: z.string().nullable() }),
  ),
  async handle({ query, key }, context) {
    const beforeId = readIdCursor(query.cursor);
    if (beforeId instanceof Problem) return beforeId;
    const filter = { channelId: query.channel, incidentId: query.incident, state: query.state, beforeId };
    const found = await listDeliveries(context.database, key.teamId, filter, query.limit + 1);
    const { rows, nextCursor } = cut(found, query.limit, (row) => row.id);
    return { body: { deliveries: await deliveriesJson(rows, context), next_cursor: nextCursor } };
  },
});

const read = route({
  method: 'GET',
  path: '/api/v1/deliveries/{id}',
  scope: 'read',
  tag,
  summary: 'Read a delivery',
  params: idParams,
  answer: deliveryAnswer,
  problems: ['not_found'],
  handle: ({ params, key }, context) => shown(key.teamId, params.id, context),
});

const resend = route({
  method: 'POST',
  path: '/api/v1/deliveries/{id}/resend',
  scope: 'write',
  tag,
  summary: 'Send a delivery again',
  description: 'One that waits is tried at once. One that is over is repeated under a new id, which is answered.',
  params: idParams,
  status: 202,
  answer: deliveryAnswer,
  problems: ['not_found', 'being_sent', 'channel_gone'],
  async handle({ params, key }, context) {
    const { database, clock, newId } = context;
    const result = await database.transaction((tx) => resendDelivery(tx, key.teamId, params.id, newId(), clock.now()));
    if ('deliveryId' in result) return shown(key.teamId, result.deliveryId, context);
    if (result.refused === 'not_found') return notFound('delivery');
    return result.refused === 'being_sent'
      ? new Problem('being_sent', 'an attempt is under way at this moment')
      : new Problem('channel_gone', 'its channel was deleted');
  },
});

export const deliveryRoutes: readonly Route[] = [list, read, resend];
