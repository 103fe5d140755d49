import type { Site } from '../../api/sites.ts';
import { useSiteWords } from '../../language/sites.ts';
import { type Shape, StatusShape } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';

export function shapeOf({ gateway_monitor_id: gateway, dark_since: darkSince }: Site): Shape {
  if (gateway === null) return 'unknown';
  return darkSince === null ? 'up' : 'down';
}

/** Whether the site is dark, as a sentence. */
export function SiteStory({ site }: { readonly site: Site }) {
  const { state: words } = useSiteWords();
  const shape = shapeOf(site);
  return (
    <p className="flex items-start gap-2.5 text-base">
      <span className="mt-1">
        <StatusShape status={shape} isDecoration />
      </span>
      <span className="min-w-0">
        {shape === 'unknown' && words.noGateway}
        {shape === 'up' && words.litText}
        {shape === 'down' && (
          <>
            {words.darkSince} <Time at={site.dark_since} form="short" />. {words.darkText}
          </>
        )}
        {shape === 'up' && site.lit_at !== null && (
          <span className="block text-sm text-quiet">
            {words.back} <Time at={site.lit_at} form="short" />
          </span>
        )}
      </span>
    </p>
  );
}
