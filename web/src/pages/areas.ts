import type { Area } from './area.ts';
import { monitorsArea } from './monitors/routes.tsx';
import { signInArea } from './sign-in/routes.tsx';

/** All pages there are. */
export const AREAS: readonly Area[] = [monitorsArea, signInArea];
