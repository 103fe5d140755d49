import type { ReactNode } from 'react';
import { ApiError } from '../api/client.ts';
import { useCommonWords } from '../language/common.ts';
import type { CommonWords } from '../language/en/common.ts';
import { Button } from './button.tsx';
import { StatusShape } from './status.tsx';

/** What happened, whether anything was lost, and what to do. */
export function errorText(error: unknown, words: CommonWords): string {
  if (!(error instanceof ApiError)) return words.error.load;
  if (error.status === 0) return words.error.unreachable;
  if (error.code === 'unavailable') return words.error.unavailable;
  if (error.code === 'internal') return words.error.internal(error.body.id);
  if (error.code === 'write_key_needed' || error.code === 'role_too_low') return words.error.forbidden;
  if (error.status === 404) return words.error.notFound;
  return error.message;
}

interface Props {
  readonly error: unknown;
  readonly onRetry?: () => void;
  readonly children?: ReactNode;
}

export function ErrorNote({ error, onRetry, children }: Props) {
  const words = useCommonWords();
  return (
    <div role="alert" className="flex items-start gap-3 rounded-md border border-line bg-panel px-4 py-3">
      <span className="mt-0.5">
        <StatusShape status="down" isDecoration />
      </span>
      <div className="flex min-w-0 flex-1 flex-col items-start gap-2">
        <p className="break-words">{errorText(error, words)}</p>
        {children}
        {onRetry !== undefined && (
          <Button size="small" onClick={onRetry}>
            {words.action.retry}
          </Button>
        )}
      </div>
    </div>
  );
}
