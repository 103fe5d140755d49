import { type ReactNode, useState } from 'react';
import { useCommonWords } from '../language/common.ts';
import { useDo } from '../lib/use-submit.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { ErrorNote } from './error-note.tsx';

interface Props {
  readonly title: ReactNode;
  /** What follows from it, and whether it can be taken back. */
  readonly text: ReactNode;
  readonly button: ReactNode;
  readonly isDanger?: boolean;
  /** Turns a refusal into words; null: the usual ones. */
  readonly explain?: (error: unknown) => string | null;
  readonly work: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks before something that cannot be taken back; a failure is said here and nothing is closed. */
export function Confirm({ title, text, button, isDanger = true, explain, work, onClose }: Props) {
  const words = useCommonWords();
  const [failure, setFailure] = useState<unknown>(null);
  const [isBusy, doIt] = useDo(setFailure);
  const explained = failure === null ? null : (explain?.(failure) ?? null);
  const run = async () => {
    setFailure(null);
    await work();
    onClose();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={title}
      text={text}
      footer={
        <>
          <Button onClick={onClose}>{words.action.cancel}</Button>
          <Button look={isDanger ? 'danger' : 'primary'} isBusy={isBusy} onClick={() => doIt(run)}>
            {button}
          </Button>
        </>
      }
    >
      {explained !== null && (
        <p role="alert" className="text-down">
          {explained}
        </p>
      )}
      {failure !== null && explained === null && <ErrorNote error={failure} />}
    </Dialog>
  );
}
