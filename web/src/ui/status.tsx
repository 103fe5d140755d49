import type { ShownStatus } from '../api/types.ts';
import { useCommonWords } from '../language/common.ts';

export type Shape = ShownStatus | 'unknown' | 'running';

const COLOURS: Readonly<Record<Shape, string>> = {
  up: 'text-up',
  late: 'text-late',
  down: 'text-down',
  paused: 'text-paused',
  new: 'text-new',
  running: 'text-new',
  unknown: 'text-quiet',
};

/** What each status looks like without its colour, in a box of 16. */
export const SHAPE_PATHS: Readonly<Record<Shape, string>> = {
  up: 'M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12z',
  late: 'M8 2a6 6 0 0 0 0 12zM8 2.75v-.75a6 6 0 0 1 0 12v-.75a5.25 5.25 0 0 0 0-10.5z',
  down: 'M8 1.5 15 14H1z',
  paused: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
  new: 'M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12zm0 2a4 4 0 1 0 0 8a4 4 0 1 0 0-8z',
  running: 'M4 2.5 13.5 8 4 13.5z',
  unknown: 'M2 4.5 4.5 2H7L2 7zM2 9.5 9.5 2H12L2 12zM3 14 14 3v2.5L5.5 14zM8 14l6-6v2.500L10.5 14z',
};

interface Props {
  readonly status: Shape;
  readonly size?: number;
  /** Beside the word itself the shape says nothing more and is left unsaid. */
  readonly isDecoration?: boolean;
}

/** The status as a shape: disc, half disc, triangle, two bars, ring, hatched. */
export function StatusShape({ status, size = 14, isDecoration = false }: Props) {
  const words = useCommonWords();
  const label = words.status[status];
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: it has one unless it is decoration
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      className={`shrink-0 ${COLOURS[status]}`}
      {...(isDecoration ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
    >
      {!isDecoration && <title>{label}</title>}
      <path d={SHAPE_PATHS[status]} fill="currentColor" fillRule="evenodd" />
    </svg>
  );
}

/** Shape and word. */
export function StatusWord({ status }: { readonly status: Shape }) {
  const words = useCommonWords();
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <StatusShape status={status} isDecoration />
      {words.status[status]}
    </span>
  );
}
