import { hashJobAddress, pointJobMailTo } from '../../alerts/job-mail.ts';
import { readGocronJobs } from '../../store/gocron-jobs.ts';
import type { Services } from '../services.ts';
import { namesOf } from './gocron-keys.ts';
import { joinAccountSite, setGateway } from './gocron-sites.ts';

/** What gocron's table says of a job besides its times. */
export interface TableWishes {
  readonly email: string | null;
  readonly is_gateway: boolean;
}

/**
 * Gives a job that came from gocron's table its address and its place, as its next check-in would: so that its alarms go
 * where they went also when it never checks in again. Harmless when repeated.
 */
export async function settleJob(
  services: Services,
  teamId: string,
  originKey: string,
  wishes: TableWishes,
  isNew: boolean,
): Promise<void> {
  const [job] = await readGocronJobs(services.database, teamId, originKey, 1);
  if (job?.originKey !== originKey) return;
  const { email } = wishes;
  if (email !== null && job.addressHash !== hashJobAddress(services, email)) {
    await pointJobMailTo(services, { teamId, monitorId: job.id }, email);
  }
  const [account, cronname] = namesOf(originKey);
  if (wishes.is_gateway && job.gatewayBy === null) {
    const place = { cronname, account, email: email ?? '', frequencySeconds: job.periodSeconds ?? 0 };
    await setGateway(services, teamId, job, { ...place, isSite: true, toleranceSeconds: null });
  }
  if (!wishes.is_gateway && isNew) await joinAccountSite(services, teamId, job.id, account);
}
