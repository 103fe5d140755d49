import { accountArea } from './account/routes.tsx';
import type { Area } from './area.ts';
import { entryArea } from './entry/routes.tsx';
import { monitorsArea } from './monitors/routes.tsx';

/** All pages there are. */
export const AREAS: readonly Area[] = [monitorsArea, accountArea, entryArea];
