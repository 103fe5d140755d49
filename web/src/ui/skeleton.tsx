import { useCommonWords } from '../language/common.ts';

/** Grey lines where text will be; they stand still. */
export function Skeleton({ lines = 3 }: { readonly lines?: number }) {
  const words = useCommonWords();
  return (
    <div role="status" className="flex flex-col gap-3 py-2">
      <span className="sr-only">{words.loading}</span>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines without anything in them
        <div key={line} className="h-4 rounded-md bg-hover" style={{ width: `${92 - ((line * 17) % 40)}%` }} />
      ))}
    </div>
  );
}
