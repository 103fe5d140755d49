import { accountArea } from './account/routes.tsx';
import type { Area } from './area.ts';
import { channelsArea } from './channels/routes.tsx';
import { entryArea } from './entry/routes.tsx';
import { incidentsArea } from './incidents/routes.tsx';
import { maintenanceArea } from './maintenance/routes.tsx';
import { monitorsArea } from './monitors/routes.tsx';
import { sitesArea } from './sites/routes.tsx';
import { statusPagesArea } from './status-pages/routes.tsx';
import { summariesArea } from './summaries/routes.tsx';
import { teamArea } from './team/routes.tsx';

/** All pages there are. */
export const AREAS: readonly Area[] = [
  monitorsArea,
  incidentsArea,
  channelsArea,
  sitesArea,
  maintenanceArea,
  statusPagesArea,
  summariesArea,
  teamArea,
  accountArea,
  entryArea,
];
