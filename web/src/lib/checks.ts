import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from './password-length.ts';

interface Words {
  readonly required: string;
  readonly email: string;
  readonly password: (min: number, max: number) => string;
}

/** Something has to be there. */
export const needed = (value: string, words: Pick<Words, 'required'>): string | undefined =>
  value.trim() === '' ? words.required : undefined;

/** What cannot be an address is said before the server is asked; it has the last word. */
export function checkEmail(value: string, words: Words): string | undefined {
  if (value.trim() === '') return words.required;
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value.trim()) ? undefined : words.email;
}

/** A password that is to be kept. */
export function checkNewPassword(value: string, words: Words): string | undefined {
  if (value === '') return words.required;
  const isAllowed = value.length >= MIN_PASSWORD_LENGTH && value.length <= MAX_PASSWORD_LENGTH;
  return isAllowed ? undefined : words.password(MIN_PASSWORD_LENGTH, MAX_PASSWORD_LENGTH);
}

/** Only what is wrong. */
export function onlyErrors<F extends string>(
  checked: Partial<Record<F, string | undefined>>,
): Partial<Record<F, string>> {
  return Object.fromEntries(Object.entries(checked).filter(([, error]) => error !== undefined)) as Partial<
    Record<F, string>
  >;
}
