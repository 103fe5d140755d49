import { cronflow } from './cronflow.ts';
import { cronsentry } from './cronsentry.ts';
import type { Dialect } from './dialect.ts';
import { gocron } from './gocron.ts';

/** Every dialect; where two want the same request, the first one gets it. */
export const DIALECTS: readonly Dialect[] = [gocron, cronsentry, cronflow];
