import { useEffect, useState } from 'react';
import { useCommonWords } from '../language/common.ts';
import { Button, IconButton } from './button.tsx';
import { Icon } from './icons.tsx';

const SAID_MS = 2_000;

/** Puts a text into the clipboard; where the browser does not let us (no HTTPS) by the old way. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

function useCopy(text: string) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return { isCopied, copy: () => void copyText(text).then(() => setCopied(true)) };
}

/** One line or a few that are meant to be copied, with the button for it. */
export function CopyLine({ text, label }: { readonly text: string; readonly label?: string }) {
  const words = useCommonWords();
  const { isCopied, copy } = useCopy(text);
  const isLong = text.includes('\n');
  return (
    <div className="flex items-start gap-1 rounded-md border border-line bg-ground">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
      <section className="min-w-0 flex-1 overflow-x-auto" tabIndex={0} aria-label={label ?? words.action.copy}>
        <pre className={`px-3 py-2.5 font-mono text-xs leading-5 ${isLong ? '' : 'whitespace-pre'}`}>{text}</pre>
      </section>
      <IconButton label={isCopied ? words.action.copied : words.action.copy} onClick={copy} className="m-0.5 shrink-0">
        <Icon name={isCopied ? 'check' : 'copy'} />
      </IconButton>
      <span className="sr-only" aria-live="polite">
        {isCopied ? words.action.copied : ''}
      </span>
    </div>
  );
}

/** A button that copies something that is not shown. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const words = useCommonWords();
  const { isCopied, copy } = useCopy(text);
  return (
    <Button size="small" onClick={copy}>
      <Icon name={isCopied ? 'check' : 'copy'} />
      {isCopied ? words.action.copied : label}
    </Button>
  );
}
