import type { Instant } from '../core/instant.ts';
import { type IncidentResponse, listUnsentReminders, lockIncident, saveResponse } from '../store/incident-care.ts';
import { cancelDeliveries } from '../store/notices.ts';
import type { ManageDeps } from './attempt.ts';

/** What people can say about one incident. */
export const MAX_RESPONSES = 200;

/** Why nothing was noted. */
export type CareRefused = 'not_found' | 'over' | 'full';

/** What somebody does: takes it on, or wants to hear no more of it before `until`. */
export type Care = { readonly person: string; readonly note: string } & (
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'snoozed'; readonly until: Instant }
);

/** Notes what somebody does about an open incident. Reminders that are not on their way are withdrawn. */
export function careForIncident(
  deps: ManageDeps,
  teamId: string,
  incidentId: string,
  care: Care,
): Promise<CareRefused | null> {
  return deps.database.transaction(async (tx) => {
    const incident = await lockIncident(tx, teamId, incidentId);
    if (incident === null) return 'not_found';
    if (incident.isOver) return 'over';
    if (incident.responses >= MAX_RESPONSES) return 'full';
    const now = deps.clock.now();
    const until = care.kind === 'snoozed' ? care.until : null;
    const response: IncidentResponse = { ...care, id: deps.newId(), at: now, until };
    await saveResponse(tx, incidentId, response);
    await cancelDeliveries(tx, await listUnsentReminders(tx, incidentId), 'incident_acknowledged', now);
    return null;
  });
}
