import { findMonitorView } from '../store/monitors.ts';
import { attempt, type ManageDeps } from './attempt.ts';
import { scheduleOf } from './definitions.ts';
import { createMonitor, lockMonitor, type Managed, type NewMonitorWish, type Owner, saveChange } from './manage.ts';

/** Tags that a monitor can have. */
export const MAX_TAGS = 50;

/** Adds tags to a monitor or takes them away, whatever somebody else does to it at the same time. */
export function changeTags(
  deps: ManageDeps,
  teamId: string,
  id: string,
  change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
): Promise<Managed> {
  return attempt(deps.database, async (tx): Promise<Managed> => {
    const before = await lockMonitor(tx, teamId, id);
    if (before === null || before.deletedAt !== null) return { refused: 'not_found' };
    const removed = new Set(change.remove);
    const tags = [...new Set([...before.tags, ...(change.add ?? [])])].filter((tag) => !removed.has(tag));
    if (tags.length > MAX_TAGS) {
      return { refused: 'invalid', errors: [{ field: 'tags', message: `would be more than ${MAX_TAGS}` }] };
    }
    const isSame = tags.length === before.tags.length && tags.every((tag, index) => tag === before.tags[index]);
    return { monitor: isSame ? before : await saveChange(tx, before, { tags }, deps.clock.now()) };
  });
}

/**
 * Makes a monitor like another one of the team: the same settings, tags, channels and site, a key of its own, and
 * neither its slug nor anything of its past.
 */
export async function cloneMonitor(deps: ManageDeps, owner: Owner, id: string, name?: string): Promise<Managed> {
  const view = await findMonitorView(deps.database, owner.teamId, id);
  if (view === null) return { refused: 'not_found' };
  const limits =
    view.kind === 'heartbeat'
      ? { graceSeconds: view.grace_seconds }
      : {
          ...(view.schedule_type === null ? {} : { startGraceSeconds: view.start_grace_seconds }),
          maxRunSeconds: view.max_run_seconds,
          learn: view.learn,
        };
  const wish: NewMonitorWish = {
    kind: view.kind,
    name: name ?? view.name,
    description: view.description,
    tags: view.tags,
    schedule: scheduleOf(view),
    ...limits,
    failAfter: view.fail_after,
    armedFrom: view.armed_from,
    channels: view.channel_ids ?? 'all',
    ...(view.site_id === null ? {} : { siteId: view.site_id }),
  };
  return createMonitor(deps, owner, wish);
}
