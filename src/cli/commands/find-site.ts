import type { CommandContext } from '../command.ts';
import { CommandError } from '../output.ts';

/** What the API says of a site, as far as the command line shows it. */
export interface SiteJson {
  readonly id: string;
  readonly name: string;
  readonly gateway_name: string | null;
  readonly monitors: number;
  readonly dark_since: string | null;
  readonly held: number;
}

interface ListJson {
  readonly sites: readonly SiteJson[];
  readonly next_cursor: string | null;
}

/** Pages of the list that are fetched at the most: a team has 1,000 sites. */
const MAX_PAGES = 4;

export async function listSites({ client }: CommandContext): Promise<SiteJson[]> {
  const sites: SiteJson[] = [];
  const query = new URLSearchParams({ limit: '250' });
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = (await client.call('GET', `/sites?${query}`)) as ListJson;
    sites.push(...answer.sites);
    if (answer.next_cursor === null) break;
    query.set('cursor', answer.next_cursor);
  }
  return sites;
}

/** A site by its id or its exact name. */
export async function findSite(context: CommandContext, word: string): Promise<SiteJson> {
  const [only, another] = (await listSites(context)).filter((one) => one.id === word || one.name === word);
  if (only === undefined) throw new CommandError(`there is no site with the id or name "${word}"`);
  if (another !== undefined) throw new CommandError(`several sites are named "${word}"; give the id`);
  return only;
}
