import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { createChannel, settingsColumns } from '../../alerts/channel-records.ts';
import { SECOND_MS } from '../../core/instant.ts';
import type { QuietHours } from '../../core/quiet-hours.ts';
import { sleep } from '../../platform/clock.ts';
import {
  type ChannelRecord,
  type ChannelView,
  countChannels,
  deleteChannel,
  findChannel,
  listChannels,
  lockChannel,
  updateChannel,
} from '../../store/channels.ts';
import { findDelivery } from '../../store/delivery-log.ts';
import { type DeliveryState, insertDeliveries, insertNotices } from '../../store/notices.ts';
import { setQuietHours } from '../../store/quiet-hours.ts';
import { invalid, Problem } from '../problems.ts';
import { checkConfig, kindOf, masked, mergedConfig, unsealed } from './channel-config.ts';
import {
  channelAnswer,
  channelCreate,
  channelPatch,
  channelQuery,
  channelsAnswer,
  testAnswer,
  testQuery,
} from './channels-schema.ts';
import { cut, idParams, iso, isoOrNull, notFound, readIdCursor, teamOf } from './common.ts';
import { findDeliveryJson } from './delivery-json.ts';
import { type ApiContext, type ApiRequest, type Route, route } from './route.ts';

const tag = 'Channels';
/** Channels of one team: every incident of a monitor without a choice of its own goes to all of them. */
export const MAX_CHANNELS = 200;
/** How often a waiting test call looks at its delivery. */
const LOOK_EVERY_MS = 50;
/** A test is not repeated: after its only attempt it is one of these. */
const OUTCOMES: readonly DeliveryState[] = ['sent', 'failed', 'cancelled'];

function channelJson(channel: ChannelView, context: ApiContext): z.input<typeof channelAnswer> {
  const { lastDelivery: last } = channel;
  return {
    id: channel.id,
    kind: channel.kind,
    name: channel.name,
    config: masked(channel, context),
    state: channel.state,
    broken_reason: channel.brokenReason,
    broken_at: isoOrNull(channel.brokenAt),
    read_only: channel.fromEnvironment,
    only_chosen: channel.fromEnvironment || channel.onlyChosen,
    quiet_hours: quietJson(channel.quietHours),
    last_delivery: last === null ? null : { id: last.id, state: last.state, at: iso(last.at) },
    created_at: iso(channel.createdAt),
    updated_at: iso(channel.updatedAt),
  };
}

function quietJson(quiet: QuietHours | null): z.input<typeof channelAnswer>['quiet_hours'] {
  if (quiet === null) return null;
  return { from: quiet.from, to: quiet.to, timezone: quiet.timezone, down_passes: quiet.downPasses };
}

/** Quiet hours as a person gave them; the zone is the team's where none was named. */
async function quietOf(
  given: z.output<typeof channelPatch>['quiet_hours'],
  request: Pick<ApiRequest, 'key'>,
  context: ApiContext,
): Promise<QuietHours | null | undefined> {
  if (given === undefined || given === null) return given;
  const timezone = given.timezone ?? (await teamOf(request, context)).timezone;
  return { from: given.from, to: given.to, timezone, downPasses: given.down_passes };
}

function unknownKind(kind: string, context: ApiContext): Problem {
  const allowed = [...context.channelKinds.keys()];
  return invalid([{ field: 'kind', message: 'is not set up on this install', given: kind, allowed }]);
}

const create = route({
  method: 'POST',
  path: '/api/v1/channels',
  scope: 'write',
  tag,
  summary: 'Create a channel',
  description: 'What the product makes itself (the signing secret of a webhook) is shown in this answer only.',
  body: channelCreate,
  example: { kind: 'webhook', name: 'ops', config: { url: 'http://localhost:9000/hook' } },
  status: 201,
  answer: channelAnswer,
  async handle({ body, key }, context) {
    const quiet = (await quietOf(body.quiet_hours, { key }, context)) ?? null;
    const kind = kindOf(body.kind, context);
    if (kind === null) return unknownKind(body.kind, context);
    const config = checkConfig(kind, body.config);
    if (config instanceof Problem) return config;
    const { ok, broken } = await countChannels(context.database, key.teamId);
    if (ok + broken >= MAX_CHANNELS) {
      return invalid([
        { field: '', message: `a team has at most ${MAX_CHANNELS} channels; delete one that nobody needs` },
      ]);
    }
    const wanted = { teamId: key.teamId, name: body.name, config };
    const { channel, config: prepared } = await createChannel(
      context.database,
      context,
      kind,
      wanted,
      context.clock.now(),
    );
    if (quiet !== null)
      await context.database.transaction((tx) => setQuietHours(tx, channel.id, quiet, channel.createdAt));
    const made = Object.entries(prepared).filter(([name]) => config[name] === undefined);
    const shown = channelJson({ ...channel, quietHours: quiet, lastDelivery: null }, context);
    return {
      body: { ...shown, config: { ...shown.config, ...Object.fromEntries(made) } },
      headers: { location: `${context.publicUrl}/api/v1/channels/${channel.id}` },
    };
  },
});

const list = route({
  method: 'GET',
  path: '/api/v1/channels',
  scope: 'read',
  tag,
  summary: 'List channels',
  query: channelQuery,
  answer: channelsAnswer,
  async handle({ query, key }, context) {
    const afterId = readIdCursor(query.cursor);
    if (afterId instanceof Problem) return afterId;
    const { rows, nextCursor } = cut(
      await listChannels(context.database, key.teamId, afterId ?? null, query.limit + 1),
      query.limit,
      (channel) => channel.id,
    );
    return { body: { channels: rows.map((channel) => channelJson(channel, context)), next_cursor: nextCursor } };
  },
});

const read = route({
  method: 'GET',
  path: '/api/v1/channels/{id}',
  scope: 'read',
  tag,
  summary: 'Read a channel',
  params: idParams,
  answer: channelAnswer,
  problems: ['not_found'],
  async handle({ params, key }, context) {
    const channel = await findChannel(context.database, key.teamId, params.id);
    return channel === null ? notFound('channel') : { body: channelJson(channel, context) };
  },
});

const readOnly = new Problem('read_only', 'this channel comes from SLACK_WEBHOOK_URL: change it there');

async function changed(
  channel: ChannelRecord,
  change: z.output<typeof channelPatch>,
  context: ApiContext,
): Promise<ChannelRecord | Problem> {
  const named = { ...channel, name: change.name ?? channel.name, updatedAt: context.clock.now() };
  if (change.config === undefined) return named;
  const kind = kindOf(channel.kind, context);
  if (kind === null) return unknownKind(channel.kind, context);
  const before = unsealed(channel, context);
  const merged = mergedConfig(before ?? {}, before === null ? {} : kind.mask(before), change.config);
  const config = checkConfig(kind, merged);
  if (config instanceof Problem) return config;
  const sealed = { ...named, ...settingsColumns(kind, channel.id, config, context.sealer) };
  if (isDeepStrictEqual(config, before)) return sealed;
  // What was known to be broken was the old address.
  return { ...sealed, state: 'ok', brokenReason: null, brokenAt: null };
}

const patch = route({
  method: 'PATCH',
  path: '/api/v1/channels/{id}',
  scope: 'write',
  tag,
  summary: 'Change a channel',
  description: 'New settings also clear the mark of a broken channel.',
  params: idParams,
  body: channelPatch,
  example: { name: 'operations' },
  answer: channelAnswer,
  problems: ['not_found', 'read_only'],
  async handle({ params, body, key }, context) {
    const quiet = await quietOf(body.quiet_hours, { key }, context);
    const refused = await context.database.transaction(async (tx) => {
      const before = await lockChannel(tx, key.teamId, params.id);
      if (before === null) return notFound('channel');
      if (before.fromEnvironment) return readOnly;
      const channel = await changed(before, body, context);
      if (channel instanceof Problem) return channel;
      await updateChannel(tx, channel);
      if (quiet !== undefined) await setQuietHours(tx, channel.id, quiet, context.clock.now());
      return null;
    });
    if (refused !== null) return refused;
    const channel = await findChannel(context.database, key.teamId, params.id);
    return channel === null ? notFound('channel') : { body: channelJson(channel, context) };
  },
});

const remove = route({
  method: 'DELETE',
  path: '/api/v1/channels/{id}',
  scope: 'write',
  tag,
  summary: 'Delete a channel',
  description: 'Nothing more is sent there, what waits to be sent included.',
  params: idParams,
  status: 204,
  problems: ['not_found', 'read_only'],
  async handle({ params, key }, context) {
    return context.database.transaction(async (tx) => {
      const channel = await lockChannel(tx, key.teamId, params.id);
      if (channel === null) return notFound('channel');
      if (channel.fromEnvironment) return readOnly;
      await deleteChannel(tx, key.teamId, params.id, context.clock.now());
      return { body: undefined };
    });
  },
});

/** A test goes the way of every alert: a notice and its delivery, sent by whoever sends deliveries. */
async function orderTest(teamId: string, channelId: string, context: ApiContext): Promise<string | null> {
  return context.database.transaction(async (tx) => {
    const channel = await lockChannel(tx, teamId, channelId);
    if (channel === null) return null;
    const now = context.clock.now();
    const deliveryId = context.newId();
    const owned = { teamId, channelId, deliveryId };
    const delivery = { ...owned, id: deliveryId, destination: channel.destination, nextAttemptAt: now };
    await insertDeliveries(tx, [{ ...delivery, form: 'test', cancelledFor: null }], now);
    const notice = { ...owned, id: context.newId(), subjectId: deliveryId, afterDeliveryId: null, data: {} };
    await insertNotices(tx, [{ ...notice, subjectType: 'test', kind: 'system' }], now);
    return deliveryId;
  });
}

/** Looks until the delivery is over, was tried, or nobody waits any more. */
async function waitForOutcome(
  teamId: string,
  deliveryId: string,
  waitMs: number,
  signal: AbortSignal,
  context: ApiContext,
): Promise<boolean> {
  const { clock, database } = context;
  const until = clock.monotonic() + waitMs;
  for (;;) {
    const delivery = await findDelivery(database, teamId, deliveryId);
    if (delivery === null || OUTCOMES.includes(delivery.state)) return true;
    if (clock.monotonic() >= until || signal.aborted) return false;
    await sleep(clock, LOOK_EVERY_MS, signal);
  }
}

const test = route({
  method: 'POST',
  path: '/api/v1/channels/{id}/test',
  scope: 'write',
  tag,
  summary: 'Send a test message',
  description: 'Takes the same way as an alert. A test that arrives revives a broken channel.',
  params: idParams,
  query: testQuery,
  status: 202,
  alsoStatus: { 200: 'The outcome is known.' },
  answer: testAnswer,
  problems: ['not_found'],
  async handle({ params, query, key, signal }, context) {
    const deliveryId = await orderTest(key.teamId, params.id, context);
    if (deliveryId === null) return notFound('channel');
    const isOver = await waitForOutcome(key.teamId, deliveryId, query.wait * SECOND_MS, signal, context);
    const delivery = await findDeliveryJson(key.teamId, deliveryId, context);
    if (delivery === null) return notFound('channel');
    return { status: isOver ? 200 : 202, body: { delivery_id: deliveryId, ...delivery } };
  },
});

export const channelRoutes: readonly Route[] = [create, list, read, patch, remove, test];
