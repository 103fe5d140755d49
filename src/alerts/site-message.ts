import { texts } from '../core/language/catalogue.ts';
import { boundedLines, MAX_LINES } from './lines.ts';
import type { Fact } from './message.ts';
import { displayName } from './names.ts';
import type { DigestEntry, IncidentFacts, RenderContext } from './subjects.ts';

/** What the message about a gateway says of the monitors behind it; nothing for other monitors. */
export interface SitePart {
  /** Goes behind the message's own sentence, with a space before it; or empty. */
  readonly sentence: string;
  readonly facts: readonly Fact[];
  readonly lines: readonly string[];
}

const NO_SITE: SitePart = { sentence: '', facts: [], lines: [] };

/** The gateway is down: what stands behind it waits, and what waits already is listed. */
export function darkPart(
  { site }: IncidentFacts,
  title: (entry: DigestEntry) => string,
  context: RenderContext,
): SitePart {
  if (site === undefined) return NO_SITE;
  const { notice, label, fact } = texts(context.language);
  const name = displayName(site.name, context.language);
  const held = site.stillDown + site.recovered;
  return {
    sentence: ` ${notice.siteDark(name, site.monitors)}`,
    facts: [
      { label: label.site, value: fact.site(name, site.monitors) },
      ...(held > 0 ? [{ label: label.held, value: fact.monitors(held) }] : []),
    ],
    lines: linesOf(site.held, held, title, context),
  };
}

/** It is back: what went down behind it, still down first. Paused or deleted, nobody knows whether the site is lit. */
export function litPart(
  { site, resolution }: IncidentFacts,
  title: (entry: DigestEntry) => string,
  context: RenderContext,
): SitePart {
  if (site === undefined || (resolution ?? 'recovered') !== 'recovered') return NO_SITE;
  const { notice, label, fact } = texts(context.language);
  const name = displayName(site.name, context.language);
  return {
    sentence: ` ${notice.siteLit(name, site.recovered, site.stillDown)}`,
    facts: [{ label: label.site, value: fact.site(name, site.monitors) }],
    lines: linesOf(site.held, site.stillDown + site.recovered, title, context),
  };
}

function linesOf(
  held: readonly DigestEntry[],
  total: number,
  title: (entry: DigestEntry) => string,
  context: RenderContext,
): readonly string[] {
  // Each line costs some formatting: only those that are shown are made.
  return boundedLines(held.slice(0, MAX_LINES).map(title), total, context);
}
