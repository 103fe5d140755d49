import { accountArea } from './account/routes.tsx';
import type { Area } from './area.ts';
import { entryArea } from './entry/routes.tsx';
import { monitorsArea } from './monitors/routes.tsx';
import { teamArea } from './team/routes.tsx';

/** All pages there are. */
export const AREAS: readonly Area[] = [monitorsArea, teamArea, accountArea, entryArea];
