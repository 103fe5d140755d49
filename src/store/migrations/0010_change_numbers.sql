-- The numbers of an unlogged table's identity are unlogged as well, and PostgreSQL 15 to 18 cannot read them on a standby
-- that is promoted before its first restartpoint after they were made ("bad magic number in sequence"): from then on
-- nothing that is noted here could be stored. A sequence of its own is logged, once in 32 numbers.
-- Dropped without being read: where this has happened already, it is mended by this.
ALTER TABLE change ALTER COLUMN id DROP IDENTITY;
CREATE SEQUENCE change_number;
SELECT setval('change_number', coalesce(max(id), 0) + 1, false) FROM change;
ALTER TABLE change ALTER COLUMN id SET DEFAULT nextval('change_number');
ALTER SEQUENCE change_number OWNED BY change.id;
