import type { FieldError } from './problems.ts';

/** What may stand in a field whose refusal says why and not what would do; by the field's name without its place. */
const ALLOWED: Readonly<Record<string, string>> = {
  '': 'what the documentation of this call at /docs says',
  schedule:
    '{"type": "period", "seconds": …}, {"type": "cron", "expression": …, "timezone": …} or {"type": "oncalendar", …}; a process may go without',
  'schedule.expression':
    'a cron expression of five fields such as 0 2 * * * or an OnCalendar expression such as Mon..Fri 02:00 that runs before 2126',
  'schedule.timezone': 'a name of the IANA time zone database such as Europe/Moscow or UTC, for cron and oncalendar',
  grace_seconds: 'whole seconds, for a heartbeat',
  start_grace_seconds: 'whole seconds, for a process',
  max_run_seconds: 'whole seconds or null, for a process',
  learn: 'true or false, for a process',
  slug: 'what no other monitor of the team has, and neither start, end, fail, log nor digits alone',
  key: 'what no other monitor has, and no word of ping URLs',
  channels: '"all" or a list of ids of channels of this team',
  monitors: 'ids of monitors of this team',
  sites: 'ids of sites of this team',
  cursor: 'the next_cursor of the page before, with the same filters',
  until: 'an instant, with the mode "until" only',
  tags: 'at most 50 tags, where the action is about tags',
};

/** How a sentence about what is wrong begins where what follows is what is allowed. */
const OBLIGATION = /^(?:is missing; it has to be|is missing; it must be|must have|must be|must) /i;

/**
 * What is allowed in a field, as words for whoever was refused: what the check itself says, else what its sentence asks
 * for, else what belongs there at all.
 */
export function allowedIn({ field, message, allowed }: FieldError): NonNullable<FieldError['allowed']> {
  if (allowed !== undefined) return allowed;
  if (OBLIGATION.test(message)) return message.replace(OBLIGATION, '').replace(/\.$/, '');
  return ALLOWED[field.replace(/\.\d+$/, '')] ?? message;
}
