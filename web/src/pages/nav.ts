import { createContext, use } from 'react';
import type { NavEntry } from './area.ts';

/** The rail's entries; given by the router, so that the shell need not know the pages. */
export const NavContext = createContext<readonly NavEntry[]>([]);
export const useNav = (): readonly NavEntry[] => use(NavContext);
