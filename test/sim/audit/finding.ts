/** A difference between what was promised and what happened. */
export interface Finding {
  readonly kind:
    | 'missed alarm'
    | 'false alarm'
    | 'wrong alarm'
    | 'lost ping'
    | 'counted twice'
    | 'missed notice'
    | 'doubled notice'
    | 'wrong order'
    | 'late detection'
    | 'gap'
    | 'impossible';
  /** Its number; null where it is about all. */
  readonly monitor: number | null;
  readonly text: string;
}
