import { type FormEvent, useEffect, useRef, useState } from 'react';
import { ApiError } from '../api/client.ts';

/** What is wrong with the fields of a form, by their names in the API. */
export type FieldErrors<F extends string> = Partial<Record<F, string>>;

interface Options<F extends string> {
  /** The fields that the form shows; what the server says of others stands above the button. */
  readonly fields: readonly F[];
  /** What can be seen without the server. */
  readonly check?: () => FieldErrors<F>;
  /** Turns a refusal into words beside a field; null: it is said above the button. */
  readonly explain?: (error: ApiError) => FieldErrors<F> | null;
  readonly work: () => Promise<void>;
}

interface Submit<F extends string> {
  readonly isBusy: boolean;
  readonly onSubmit: (event: FormEvent<HTMLFormElement>) => void;
  /** What is wrong with a field, if anything. */
  readonly errorOf: (field: F) => string | undefined;
  /** A failure that belongs to no field. */
  readonly failure: unknown;
}

function errorsOf<F extends string>(error: unknown, { fields, explain }: Options<F>): FieldErrors<F> {
  if (!(error instanceof ApiError)) return {};
  const explained = explain?.(error);
  if (explained) return explained;
  return Object.fromEntries(
    fields.flatMap((field) => {
      const message = error.messageOf(field);
      return message === undefined ? [] : [[field, message]];
    }),
  ) as FieldErrors<F>;
}

/** Saving a form: what is wrong stands beside its field, the first of them gets the focus, and nothing typed is lost. */
export function useSubmit<F extends string>(options: Options<F>): Submit<F> {
  const [isBusy, setBusy] = useState(false);
  const [errors, setErrors] = useState<FieldErrors<F>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const form = useRef<HTMLFormElement | null>(null);

  useEffect(() => {
    if (Object.keys(errors).length === 0) return;
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [errors]);

  const run = async () => {
    const found = options.check?.() ?? {};
    setErrors(found);
    setFailure(null);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    try {
      await options.work();
    } catch (error) {
      const beside = errorsOf(error, options);
      setErrors(beside);
      if (Object.keys(beside).length === 0) setFailure(error);
    } finally {
      setBusy(false);
    }
  };

  return {
    isBusy,
    onSubmit: (event) => {
      event.preventDefault();
      // A form in a dialog stands inside another one's tree.
      event.stopPropagation();
      form.current = event.currentTarget;
      if (!isBusy) void run();
    },
    errorOf: (field) => errors[field],
    failure,
  };
}

/** Doing one thing by a button: whether it is under way, and how to start it; a failure goes to `onError`. */
export function useDo(onError: (error: unknown) => void): readonly [boolean, (work: () => Promise<unknown>) => void] {
  const [isBusy, setBusy] = useState(false);
  const run = async (work: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      onError(error);
    } finally {
      setBusy(false);
    }
  };
  return [isBusy, (work) => void run(work)];
}
