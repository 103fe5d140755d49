import { ApiError } from '../api/client.ts';
import { useEntryWords } from '../language/entry.ts';
import { ErrorNote } from './error-note.tsx';

/** What keeps a form from being saved and belongs to none of its fields. */
export function FormFailure({ failure }: { readonly failure: unknown }) {
  const words = useEntryWords();
  if (failure === null || failure === undefined) return null;
  const isWait = failure instanceof ApiError && failure.status === 429;
  if (!isWait) return <ErrorNote error={failure} />;
  return (
    <p role="alert" className="text-down">
      {words.signIn.wait(failure.retryAfter ?? 1)}
    </p>
  );
}
