import type { Instant } from '../core/instant.ts';
import type { Status } from '../core/monitor.ts';
import type { Effect } from '../core/signal.ts';
import type { Transaction } from './database.ts';
import { numberArray, wordArray } from './sql-array.ts';

export interface StatusChangeToSave {
  readonly monitorId: string;
  readonly at: Instant;
  readonly status: Status;
}

export async function insertStatusChanges(tx: Transaction, changes: readonly StatusChangeToSave[]): Promise<void> {
  if (changes.length === 0) return;
  await tx.query(
    {
      name: 'insert_status_changes',
      text: `INSERT INTO status_change (monitor_id, at, status)
        SELECT monitor_id, at, status FROM unnest($1::uuid[], $2::bigint[], $3::text[]) WITH ORDINALITY
          AS v (monitor_id, at, status, place) ORDER BY place`,
    },
    [
      wordArray(changes.map((change) => change.monitorId)),
      numberArray(changes.map((change) => change.at)),
      wordArray(changes.map((change) => change.status)),
    ],
  );
}

export interface SlotNoteToSave {
  readonly monitorId: string;
  readonly slot: Extract<Effect, { type: 'note_slot' }>;
}

export async function insertSlotNotes(tx: Transaction, notes: readonly SlotNoteToSave[], now: Instant): Promise<void> {
  if (notes.length === 0) return;
  await tx.query(
    {
      name: 'insert_slot_notes',
      text: `INSERT INTO slot_note (monitor_id, slot_at, note, gap_from, gap_to, noted_at)
        SELECT v.*, $6 FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[]) AS v
        ON CONFLICT (monitor_id, slot_at) DO NOTHING`,
    },
    [
      wordArray(notes.map((note) => note.monitorId)),
      numberArray(notes.map((note) => note.slot.slotAt)),
      wordArray(notes.map((note) => note.slot.note)),
      numberArray(notes.map((note) => note.slot.gap?.from ?? null)),
      numberArray(notes.map((note) => note.slot.gap?.to ?? null)),
      now,
    ],
  );
}
