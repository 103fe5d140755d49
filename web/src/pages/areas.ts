import { accountArea } from './account/routes.tsx';
import type { Area } from './area.ts';
import { channelsArea } from './channels/routes.tsx';
import { entryArea } from './entry/routes.tsx';
import { monitorsArea } from './monitors/routes.tsx';
import { teamArea } from './team/routes.tsx';

/** All pages there are. */
export const AREAS: readonly Area[] = [monitorsArea, channelsArea, teamArea, accountArea, entryArea];
