import { arrays, dateKey, forced, long, longColumn, negativeKey, odd, textKey, volatile } from './case-tables.ts'
import type { PlanCase } from './try-plan.ts'

/** Row security, domains, rules, triggers, publications and others’ objects around a type change. */
export const exchanges: (string | PlanCase)[] = [
  { setup: forced, sql: 'ALTER TABLE tagged ALTER COLUMN a TYPE bigint' },
  { setup: forced, sql: 'ALTER TABLE tagged ADD COLUMN token uuid DEFAULT gen_random_uuid()', allows: volatile },
  { setup: forced, sql: "UPDATE tagged SET c = 'x'" },
  {
    setup: 'CREATE DOMAIN whole AS integer NOT NULL; ALTER TABLE docs ADD COLUMN d whole DEFAULT 1',
    sql: 'ALTER TABLE docs ALTER COLUMN d TYPE bigint',
  },
  'ALTER TABLE docs ALTER COLUMN size TYPE positive',
  {
    setup: 'CREATE DOMAIN wide AS bigint CHECK (VALUE > 0)',
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE wide',
  },
  {
    setup: 'CREATE DOMAIN short AS varchar(20)',
    sql: 'ALTER TABLE docs ALTER COLUMN title TYPE short',
  },
  {
    setup: 'CREATE RULE docs_quiet AS ON UPDATE TO docs WHERE NEW.size < 0 DO INSTEAD NOTHING',
    sql: 'ALTER TABLE docs ALTER COLUMN owner_id TYPE bigint',
  },
  {
    setup: 'CREATE RULE docs_none AS ON UPDATE TO docs DO INSTEAD NOTHING',
    sql: 'ALTER TABLE docs ADD COLUMN token uuid DEFAULT gen_random_uuid()',
    allows: volatile,
  },
  {
    setup: 'CREATE TRIGGER docs_size AFTER UPDATE OF size ON docs FOR EACH ROW EXECUTE FUNCTION note_change()',
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
  },
  {
    setup: 'CREATE TRIGGER docs_size AFTER UPDATE OF size ON docs FOR EACH ROW EXECUTE FUNCTION note_change()',
    sql: 'ALTER TABLE docs ALTER COLUMN owner_id TYPE bigint',
  },
  {
    setup:
      'CREATE TRIGGER docs_when BEFORE UPDATE ON docs FOR EACH ROW WHEN (OLD.size IS DISTINCT FROM NEW.size) EXECUTE FUNCTION note_change()',
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
  },
  { setup: 'CREATE PUBLICATION all_docs FOR TABLE docs', sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint' },
  {
    setup: 'CREATE PUBLICATION some_docs FOR TABLE docs (id, size)',
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
    from: 15,
  },
  {
    setup: 'CREATE PUBLICATION some_docs FOR TABLE docs (id, title)',
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
    from: 15,
  },
  {
    setup:
      "CREATE FUNCTION big() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM docs WHERE size > 5; END; CREATE FUNCTION text_only() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM docs WHERE size > 5'",
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
    from: 14,
  },
  {
    setup: "CREATE FUNCTION text_only() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM docs WHERE size > 5'",
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
  },
  {
    setup:
      "CREATE FUNCTION half(n integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT n::bigint / 2'; CREATE INDEX docs_half ON docs (half(owner_id))",
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint USING half(size)',
  },
  { setup: arrays, sql: 'ALTER TABLE lists ALTER COLUMN numbers TYPE bigint[]' },
  { setup: arrays, sql: 'ALTER TABLE lists ALTER COLUMN words TYPE varchar(10)[]' },
  {
    setup:
      "CREATE TYPE mood2 AS ENUM ('sad', 'ok', 'happy', 'great'); ALTER TABLE customers ALTER COLUMN mood DROP DEFAULT",
    sql: 'ALTER TABLE customers ALTER COLUMN mood TYPE mood2 USING mood::text::mood2',
  },
  {
    setup: "CREATE TYPE state AS ENUM ('new', 'paid', 'sent')",
    sql: "ALTER TABLE orders ALTER COLUMN status DROP DEFAULT, ALTER COLUMN status TYPE state USING status::state, ALTER COLUMN status SET DEFAULT 'new'",
  },
  {
    setup: 'ALTER TABLE docs ADD CONSTRAINT docs_apart EXCLUDE (size WITH =)',
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
  },
  {
    setup: 'CREATE UNIQUE INDEX docs_nulls ON docs (size, owner_id) NULLS NOT DISTINCT',
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
    from: 15,
  },
  {
    setup:
      'ALTER TABLE docs ADD CONSTRAINT docs_u UNIQUE NULLS NOT DISTINCT (size) INCLUDE (title) WITH (fillfactor = 60)',
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
    from: 15,
  },
  {
    setup:
      'CREATE INDEX docs_sz ON docs (size DESC, (size + 1), lower(title)) INCLUDE (body) WHERE size > 5 AND owner_id > 7; CREATE INDEX docs_brin ON docs USING brin (size) WITH (pages_per_range = 8); CREATE INDEX docs_hash ON docs USING hash (size)',
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
  },
  {
    setup:
      'CREATE INDEX docs_like ON docs (body text_pattern_ops); CREATE INDEX docs_c ON docs (body COLLATE "C" DESC)',
    sql: 'ALTER TABLE docs ALTER COLUMN body TYPE varchar(100)',
  },
  {
    setup: 'CREATE STATISTICS docs_expr ON (size + 1), owner_id FROM docs',
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
    from: 14,
  },
  {
    setup:
      'CREATE STATISTICS docs_mcv (mcv, ndistinct) ON owner_id, size FROM docs; ALTER STATISTICS docs_mcv SET STATISTICS 300',
    sql: 'ALTER TABLE docs ALTER COLUMN owner_id TYPE bigint',
    allows: /statistics/,
  },
  {
    setup: 'CREATE INDEX docs_both ON docs (size, owner_id)',
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint, ALTER COLUMN owner_id TYPE bigint',
  },
  {
    setup: 'ALTER TABLE docs ADD CONSTRAINT both_pos CHECK (size > 0 OR owner_id > 0)',
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint;\nALTER TABLE docs ALTER COLUMN owner_id TYPE bigint',
  },
  "ALTER TABLE logs ALTER COLUMN at TYPE timestamp USING at AT TIME ZONE 'UTC'",
  'ALTER TABLE customers ALTER COLUMN email TYPE varchar(40)',
  'ALTER TABLE logs ALTER COLUMN message TYPE integer USING substr(message, 2)::integer',
  'ALTER TABLE items ALTER COLUMN price TYPE integer USING round(price::numeric)',
  'ALTER TABLE docs ALTER COLUMN title TYPE varchar(30), ALTER COLUMN title SET NOT NULL',
  'ALTER TABLE docs ALTER COLUMN size TYPE bigint, ALTER COLUMN size SET DEFAULT 7, ALTER COLUMN size SET NOT NULL',
  { setup: textKey, sql: 'ALTER TABLE named ALTER COLUMN v TYPE bigint' },
  { setup: textKey, sql: 'ALTER TABLE named ALTER COLUMN code TYPE varchar(40)' },
  { setup: dateKey, sql: 'ALTER TABLE daily ALTER COLUMN shop TYPE bigint' },
  { setup: dateKey, sql: 'ALTER TABLE daily ALTER COLUMN v TYPE text' },
  { setup: negativeKey, sql: 'ALTER TABLE neg ALTER COLUMN id TYPE bigint' },
  {
    setup:
      'CREATE TABLE counted (id smallint GENERATED ALWAYS AS IDENTITY (START WITH 20 INCREMENT BY 1 MINVALUE 10 MAXVALUE 30000 CACHE 5 CYCLE) PRIMARY KEY, v int); INSERT INTO counted (v) SELECT n FROM generate_series(1, 20000) n',
    sql: 'ALTER TABLE counted ALTER COLUMN id TYPE integer',
    // CACHE of another session loses numbers in both.
    allows: volatile,
  },
  {
    setup: `CREATE INDEX ${longColumn.replace('a_', 'i_')} ON ${long} (${longColumn})`,
    sql: `ALTER TABLE ${long} ALTER COLUMN ${longColumn} TYPE bigint`,
  },
  {
    setup:
      'CREATE TABLE docs_size_sync (a int); CREATE FUNCTION docs_size_sync() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
  },
  {
    setup: `ALTER TABLE ${odd} ADD COLUMN "From_new" int, ADD COLUMN "From_old" int; COMMENT ON COLUMN ${odd}."From" IS 'Back\\slash ''quoted'''`,
    sql: `ALTER TABLE ${odd} ALTER COLUMN "From" TYPE varchar(30)`,
  },
  // Children, partitions and what is only theirs.
  {
    setup: 'CREATE INDEX e24_amount ON events_2024 (amount)',
    sql: 'ALTER TABLE events ALTER COLUMN amount TYPE bigint',
  },
  {
    setup: 'ALTER TABLE events_2024 ALTER COLUMN amount SET NOT NULL',
    sql: 'ALTER TABLE events ALTER COLUMN amount TYPE bigint',
  },
  {
    setup: 'ALTER TABLE events_2025_a ALTER COLUMN amount SET DEFAULT 9',
    sql: 'ALTER TABLE events ALTER COLUMN amount TYPE bigint',
  },
  {
    setup: 'ALTER TABLE events_2024 ADD CONSTRAINT e24 CHECK (amount > -5)',
    sql: 'ALTER TABLE events ALTER COLUMN amount TYPE bigint',
  },
  {
    setup: "COMMENT ON COLUMN events_2024.amount IS 'mine'; GRANT SELECT (amount) ON events_other TO PUBLIC",
    sql: 'ALTER TABLE events ALTER COLUMN amount TYPE bigint',
  },
  {
    setup:
      'ALTER TABLE events ADD CONSTRAINT e_pos CHECK (amount >= 0); ALTER TABLE events ALTER COLUMN amount SET DEFAULT 3; ALTER TABLE events ALTER COLUMN amount SET STATISTICS 200',
    sql: 'ALTER TABLE events ALTER COLUMN amount TYPE bigint',
  },
  {
    setup: 'CREATE VIEW e24v AS SELECT amount FROM events_2024',
    sql: 'ALTER TABLE events ALTER COLUMN amount TYPE bigint',
  },
  {
    setup: 'CREATE STATISTICS e24s ON amount, kind FROM events_2024',
    sql: 'ALTER TABLE events ALTER COLUMN amount TYPE bigint',
  },
  {
    setup: 'CREATE TRIGGER e24t BEFORE UPDATE ON events_2024 FOR EACH ROW EXECUTE FUNCTION note_change()',
    sql: 'ALTER TABLE events ALTER COLUMN amount TYPE bigint',
    allows: /^data of audit/,
  },
  'ALTER TABLE events_2024 ALTER COLUMN amount TYPE bigint',
  'ALTER TABLE child_a ALTER COLUMN extra TYPE varchar(10)',
  'ALTER TABLE base ALTER COLUMN name TYPE varchar(20)',
  {
    setup: 'CREATE TABLE measures_ref (id int, m bigint, d date, FOREIGN KEY (m, d) REFERENCES measures (id, day))',
    sql: 'ALTER TABLE measures ALTER COLUMN note TYPE varchar(20)',
  },
  // Views: what the statement alone refuses.
  {
    sql: 'ALTER TABLE seen ALTER COLUMN v TYPE bigint',
    setup: 'DROP MATERIALIZED VIEW seen_sums; DROP VIEW seen_twice',
    instead:
      "DROP VIEW seen_view; ALTER TABLE seen ALTER COLUMN v TYPE bigint; CREATE VIEW seen_view AS SELECT id, v FROM seen WHERE v > 0; COMMENT ON VIEW seen_view IS 'Those that are seen'",
  },
  {
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
    setup:
      "CREATE VIEW small_docs WITH (security_barrier) AS SELECT id, size FROM docs WHERE size < 100 WITH LOCAL CHECK OPTION; GRANT SELECT ON small_docs TO PUBLIC; COMMENT ON COLUMN small_docs.size IS 'small'",
    instead:
      "DROP VIEW small_docs; ALTER TABLE docs ALTER COLUMN size TYPE bigint; CREATE VIEW small_docs WITH (security_barrier) AS SELECT id, size FROM docs WHERE size < 100 WITH LOCAL CHECK OPTION; GRANT SELECT ON small_docs TO PUBLIC; COMMENT ON COLUMN small_docs.size IS 'small'",
  },
  {
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
    setup:
      'CREATE VIEW v1 AS SELECT size FROM docs; CREATE VIEW v2 AS SELECT a.size FROM v1 a JOIN docs b ON a.size = b.size; CREATE VIEW v3 AS SELECT * FROM v2 UNION ALL SELECT * FROM v1',
    instead:
      'DROP VIEW v3, v2, v1; ALTER TABLE docs ALTER COLUMN size TYPE bigint; CREATE VIEW v1 AS SELECT size FROM docs; CREATE VIEW v2 AS SELECT a.size FROM v1 a JOIN docs b ON a.size = b.size; CREATE VIEW v3 AS SELECT * FROM v2 UNION ALL SELECT * FROM v1',
  },
  {
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
    setup: 'CREATE VIEW every_doc AS SELECT * FROM docs',
    instead:
      'DROP VIEW every_doc; ALTER TABLE docs ALTER COLUMN size TYPE bigint; CREATE VIEW every_doc AS SELECT * FROM docs',
  },
  // Another role of the owner’s runs the migration.
  {
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
    setup: 'CREATE STATISTICS docs_s ON size, owner_id FROM docs',
    role: 'member',
    allows: /^(missing|extra): statistics .*owner_id/,
  },
  { sql: 'ALTER TABLE docs ADD COLUMN number bigserial', role: 'member', allows: volatile },
  { sql: 'ALTER TABLE docs ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY', role: 'member', allows: volatile },
  { sql: 'ALTER TABLE customers ALTER COLUMN id TYPE bigint', role: 'member' },
  { sql: 'ALTER TABLE orders ALTER COLUMN id TYPE integer', role: 'member' },
  { sql: 'UPDATE customers SET score = score + 1', role: 'member' },
  { sql: 'CREATE INDEX ON events (customer_id)', role: 'member' },
  { sql: 'ALTER TABLE events ADD CONSTRAINT ek UNIQUE (id, day, kind)', role: 'member' },
  {
    sql: "CREATE TABLE measures_4 PARTITION OF measures FOR VALUES FROM ('2026-07-01') TO ('2027-01-01')",
    role: 'member',
  },
  {
    sql: 'ALTER TABLE docs ALTER COLUMN size TYPE bigint',
    setup: 'CREATE VIEW sized AS SELECT size FROM docs',
    instead:
      'DROP VIEW sized; ALTER TABLE docs ALTER COLUMN size TYPE bigint; CREATE VIEW sized AS SELECT size FROM docs; ALTER VIEW sized OWNER TO plans_owner',
    role: 'member',
  },
]
