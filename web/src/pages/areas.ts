import { accountArea } from './account/routes.tsx';
import type { Area } from './area.ts';
import { channelsArea } from './channels/routes.tsx';
import { entryArea } from './entry/routes.tsx';
import { incidentsArea } from './incidents/routes.tsx';
import { monitorsArea } from './monitors/routes.tsx';
import { teamArea } from './team/routes.tsx';

/** All pages there are. */
export const AREAS: readonly Area[] = [monitorsArea, incidentsArea, channelsArea, teamArea, accountArea, entryArea];
