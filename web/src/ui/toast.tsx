import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useCommonWords } from '../language/common.ts';
import { Button, IconButton } from './button.tsx';
import { Icon } from './icons.tsx';

/** How long something can be undone (a deleted monitor for 30 days besides). */
export const UNDO_MS = 10_000;
const SHOWN_MS = 5_000;
const MAX_SHOWN = 3;

export interface Toast {
  readonly text: ReactNode;
  readonly tone?: 'plain' | 'bad';
  /** Shows a button that takes back what was done. */
  readonly onUndo?: () => void;
}

interface ShownToast extends Toast {
  readonly id: number;
}

const ToastContext = createContext<((toast: Toast) => void) | null>(null);

/** Says something that was done or that failed; `useToast()({ text, onUndo })`. */
export function useToast(): (toast: Toast) => void {
  const show = use(ToastContext);
  if (show === null) throw new Error('the page has no place for toasts');
  return show;
}

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly ShownToast[]>([]);
  const nextId = useRef(1);
  const show = useCallback((toast: Toast) => {
    const id = nextId.current;
    nextId.current += 1;
    setToasts((shown) => [...shown, { ...toast, id }].slice(-MAX_SHOWN));
  }, []);
  const hide = useCallback((id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)), []);
  const list = useMemo(() => toasts.map((toast) => <One key={toast.id} toast={toast} onHide={hide} />), [toasts, hide]);
  return (
    <ToastContext value={show}>
      {children}
      <section
        aria-live="polite"
        aria-label="·"
        className="pointer-events-none fixed inset-x-3 bottom-[calc(env(safe-area-inset-bottom)+72px)] z-60 flex flex-col items-center gap-2 md:bottom-5"
      >
        {list}
      </section>
    </ToastContext>
  );
}

function One({ toast, onHide }: { readonly toast: ShownToast; readonly onHide: (id: number) => void }) {
  const { id, text, tone, onUndo } = toast;
  const words = useCommonWords();
  const [isHeld, setHeld] = useState(false);
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(() => onHide(id), onUndo === undefined && tone !== 'bad' ? SHOWN_MS : UNDO_MS);
    return () => clearTimeout(timer);
  }, [id, isHeld, onHide, onUndo, tone]);
  return (
    <div
      className={`pointer-events-auto flex max-w-xl animate-appear items-center gap-3 rounded-md border border-line bg-panel py-1.5 pr-1.5 pl-4 shadow-overlay ${tone === 'bad' ? 'border-l-4 border-l-down' : ''}`}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
    >
      <span className="min-w-0 break-words py-1">{text}</span>
      {onUndo !== undefined && (
        <Button
          size="small"
          className="text-accent! font-medium"
          onClick={() => {
            onHide(id);
            onUndo();
          }}
        >
          {words.action.undo}
        </Button>
      )}
      <IconButton size="icon" label={words.action.close} onClick={() => onHide(id)}>
        <Icon name="close" />
      </IconButton>
    </div>
  );
}
