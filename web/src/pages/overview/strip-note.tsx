interface Props {
  /** Where the bar stands, as a share of the strip's width. */
  readonly share: number;
  readonly text: string;
  /** What the job said. */
  readonly line?: string | null;
  readonly isBelow?: boolean;
}

/** What a bar means, above or below it, and within the strip at both ends. */
export function StripNote({ share, text, line, isBelow = false }: Props) {
  return (
    <div
      aria-live="polite"
      style={{ left: `${share * 100}%`, transform: `translateX(-${share * 100}%)` }}
      className={`pointer-events-none absolute z-20 w-max max-w-[min(24rem,100vw-2rem)] rounded-md border border-line bg-panel px-2.5 py-1.5 text-xs shadow-overlay ${isBelow ? 'top-full mt-1.5' : 'bottom-full mb-1.5'}`}
    >
      <div>{text}</div>
      {line !== undefined && line !== null && line !== '' && (
        <div className="truncate font-mono text-quiet">{line}</div>
      )}
    </div>
  );
}

/** Which bar the arrow keys lead to; null: the key is none of them. */
export function stepTo(key: string, pointed: number | null, count: number): number | null {
  const move = key === 'ArrowLeft' ? -1 : key === 'ArrowRight' ? 1 : 0;
  if (move === 0 || count === 0) return null;
  return Math.min(Math.max((pointed ?? count) + move, 0), count - 1);
}
