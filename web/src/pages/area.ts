import type { AnyRoute } from '@tanstack/react-router';
import type { Language } from '../language/languages.ts';
import type { IconName } from '../ui/icons.tsx';

/** An entry of the rail. */
export interface NavEntry {
  readonly path: string;
  readonly icon: IconName;
  readonly label: Readonly<Record<Language, string>>;
  /** Small numbers stand above; monitors 10, incidents 20, channels 30, sites 40, maintenance 45, status pages 50, summary 60, team 70, settings 80. */
  readonly order: number;
  /** One of the four at the bottom of a phone; all others are behind "More". */
  readonly isOnPhone?: boolean;
}

/** What a group of pages brings along: pages/<area>/routes.tsx exports one, pages/areas.ts lists it. */
export interface Area {
  /** Pages with the rail beside them (children of `shellRoute`). */
  readonly shell?: readonly AnyRoute[];
  /** Pages for whoever is not in yet (children of `bareRoute`). */
  readonly bare?: readonly AnyRoute[];
  readonly nav?: readonly NavEntry[];
}
