import { type ApiJson, toApiJson } from '../api-json.ts';
import type { Cause } from '../cause.ts';
import type { Instant } from '../instant.ts';
import { causeSentence } from './cause-sentence.ts';
import type { Language } from './language.ts';

/** A cause in JSON lists at most this many blind times, the latest ones. */
export const MAX_BLIND_TIMES_IN_JSON = 20;

/** A cause as API and webhooks show it: the data for programs, the text for people (RULES §5). */
export interface CauseJson {
  readonly code: Cause['code'];
  readonly data: ApiJson;
  readonly text: string;
}

/** `timezone` is the team's (a schedule's own zone wins); `now` is what "yesterday" in the text refers to. */
export function causeToJson(cause: Cause, language: Language, timezone: string, now: Instant): CauseJson {
  return {
    code: cause.code,
    data: toApiJson({ ...cause.data, blind: cause.data.blind.slice(-MAX_BLIND_TIMES_IN_JSON) }),
    text: causeSentence(cause, { language, timezone, now }),
  };
}
