import { useEffect, useRef } from 'react';

/** How long after the first key of a pair ("g m") the second one counts. */
const PAIR_MS = 1_500;

let holds = 0;

/**
 * From now on keys do nothing, until the answered function is called: something that takes what is typed is about to
 * open, and must not find that half of it went to the page.
 */
export function holdShortcuts(): () => void {
  holds += 1;
  let isHeld = true;
  return () => {
    if (isHeld) holds -= 1;
    isHeld = false;
  };
}

/** Keys typed into a field are its own; so are those of an open dialog or menu. */
function isTaken(event: KeyboardEvent): boolean {
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('[role="dialog"], [role="menu"]') !== null) return true;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function nameOf(event: KeyboardEvent): string {
  const mod = event.metaKey || event.ctrlKey ? 'mod+' : '';
  return `${mod}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`;
}

/**
 * Keys that work while the component is shown: `{ n: …, 'g m': …, 'mod+k': … }`. Only keys with `mod+` work while
 * something is being typed.
 */
export function useShortcuts(keys: Readonly<Record<string, (event: KeyboardEvent) => void>>): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    let first = { key: '', at: 0 };
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || holds > 0) return;
      const name = nameOf(event);
      if (isTaken(event) && !name.startsWith('mod+')) return;
      const pair = event.timeStamp - first.at < PAIR_MS ? `${first.key} ${name}` : '';
      first = { key: name, at: event.timeStamp };
      const handle = current.current[pair] ?? (pair.startsWith('g ') ? undefined : current.current[name]);
      if (handle === undefined) return;
      event.preventDefault();
      handle(event);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
