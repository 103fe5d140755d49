import type { GocronJob } from '../../store/gocron-jobs.ts';
import { findAccountSite, putAccountBehind } from '../../store/gocron-sites.ts';
import { findSiteByOrigin, findSiteOfGateway } from '../../store/sites.ts';
import { assignSite, createSite, editSite, removeSite } from '../../watch/manage-sites.ts';
import { MAX_NAME_CHARACTERS } from '../api/monitors-schema.ts';
import type { Services } from '../services.ts';
import type { CheckIn } from './gocron-check-in.ts';
import { keysOfAccount } from './gocron-keys.ts';

/** A job that is made when its account has a gateway stands behind it. */
export async function joinAccountSite(
  services: Services,
  teamId: string,
  monitorId: string,
  account: string,
): Promise<void> {
  const siteId = await findAccountSite(services.database, teamId, keysOfAccount(account));
  if (siteId !== null) await assignSite(services, teamId, monitorId, siteId);
}

/**
 * `site=1` makes a site of which the job is the gateway, with all other jobs of its account behind it; a check-in
 * without it takes that back. Of several gateways of one account the first one counts, the others wait to follow it.
 */
export async function setGateway(
  services: Services,
  teamId: string,
  job: GocronJob,
  { account, isSite }: CheckIn,
): Promise<void> {
  if (isSite) await makeGateway(services, teamId, job, account);
  else {
    const siteId = await findSiteOfGateway(services.database, job.id);
    if (siteId !== null) await removeSite(services, teamId, siteId);
  }
  const keys = keysOfAccount(account);
  const siteId = await findAccountSite(services.database, teamId, keys);
  if (siteId !== null) await putAccountBehind(services.database, teamId, siteId, keys);
}

async function makeGateway(services: Services, teamId: string, job: GocronJob, account: string): Promise<void> {
  await assignSite(services, teamId, job.id, null);
  // It is there already where the job was deleted meanwhile and came back as another monitor.
  const known = await findSiteByOrigin(services.database, teamId, 'gocron', job.originKey);
  const made =
    known === null
      ? await createSite(services, teamId, {
          name: account.slice(0, MAX_NAME_CHARACTERS),
          gatewayMonitorId: job.id,
          origin: { dialect: 'gocron', key: job.originKey },
        })
      : await editSite(services, teamId, known.site.id, { gatewayMonitorId: job.id });
  if ('refused' in made)
    services.logger.warn('a job could not become the gateway of its account', { job: job.id, ...made });
}
