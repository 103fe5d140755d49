import { Dialog as Radix } from 'radix-ui';
import { type ReactNode, useLayoutEffect } from 'react';
import { useCommonWords } from '../language/common.ts';
import { IconButton } from './button.tsx';
import { Icon } from './icons.tsx';

let holds = 0;

/** Holds the page still behind what is open, and as wide as it was while its scroll bar is away. */
function holdPage(): () => void {
  const { style, clientWidth } = document.documentElement;
  holds += 1;
  if (holds === 1) {
    style.paddingRight = `${innerWidth - clientWidth}px`;
    style.overflow = 'hidden';
  }
  return () => {
    holds -= 1;
    if (holds > 0) return;
    style.paddingRight = '';
    style.overflow = '';
  };
}

/**
 * What lies between a dialog and the page. Radix has one of its own, but that holds the page still by a <style> element,
 * which the content policy does not allow.
 */
export function Backdrop() {
  useLayoutEffect(holdPage, []);
  return <div aria-hidden="true" className="fixed inset-0 z-40 animate-appear bg-black/40" />;
}

interface Props {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: ReactNode;
  /** A sentence below the title. */
  readonly text?: ReactNode;
  readonly width?: 'normal' | 'wide';
  readonly children: ReactNode;
  /** The buttons at its end. */
  readonly footer?: ReactNode;
}

/** One thing to decide, above the page; Escape and a click beside it close it. On a phone it fills the screen's lower part. */
export function Dialog({ isOpen, onClose, title, text, width = 'normal', children, footer }: Props) {
  const words = useCommonWords();
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Backdrop />
        <Radix.Content
          {...(text === undefined ? { 'aria-describedby': undefined } : {})}
          className={`fixed z-50 flex max-h-[88dvh] flex-col rounded-md border border-line bg-panel shadow-overlay animate-appear inset-x-3 bottom-3 sm:inset-x-auto sm:bottom-auto sm:top-[12dvh] sm:left-1/2 sm:-translate-x-1/2 sm:max-h-[76dvh] ${width === 'wide' ? 'sm:w-[min(860px,calc(100vw-48px))]' : 'sm:w-[min(520px,calc(100vw-48px))]'}`}
        >
          <header className="flex items-start justify-between gap-3 px-5 pt-4 pb-3">
            <div>
              <Radix.Title className="text-base break-words">{title}</Radix.Title>
              {text !== undefined && <Radix.Description className="mt-1 text-quiet">{text}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <IconButton label={words.action.close} className="-mt-1.5 -mr-2">
                <Icon name="close" />
              </IconButton>
            </Radix.Close>
          </header>
          <div className="min-h-0 overflow-y-auto px-5 pb-5">{children}</div>
          {footer !== undefined && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">{footer}</footer>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
