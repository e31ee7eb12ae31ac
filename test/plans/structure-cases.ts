import { odd } from './case-tables.ts'
import type { PlanCase } from './try-plan.ts'

/** Indexes, keys and checks over further shapes. */
export const structures: (string | PlanCase)[] = [
  'CREATE INDEX ON ONLY events (amount)',
  'CREATE INDEX IF NOT EXISTS events_amount ON events (amount)',
  'CREATE INDEX IF NOT EXISTS customers_country_idx ON customers (country)',
  'CREATE UNIQUE INDEX measures_u ON measures (day, id) INCLUDE (note) WITH (fillfactor = 70)',
  'CREATE INDEX ON events (lower(payload)) WHERE amount > 5',
  {
    setup: 'CREATE INDEX ea ON events_2025_a (amount); CREATE INDEX e25 ON ONLY events_2025 (amount)',
    sql: 'CREATE INDEX ON events (amount)',
  },
  { setup: 'CREATE INDEX ON events (amount)', sql: 'DROP INDEX events_amount_idx' },
  { setup: 'CREATE INDEX ON events (amount)', sql: 'REINDEX INDEX events_amount_idx', autocommit: true, from: 14 },
  {
    setup:
      'CREATE UNIQUE INDEX docs_size_u ON docs (size); ALTER TABLE docs ALTER COLUMN size SET NOT NULL; ALTER TABLE docs REPLICA IDENTITY USING INDEX docs_size_u',
    sql: 'DROP INDEX docs_size_u',
  },
  {
    setup: 'CREATE VIEW grouped AS SELECT id, title FROM docs GROUP BY id',
    sql: 'DROP INDEX customers_country_idx CASCADE',
  },
  'CREATE INDEX customers_c2 ON customers (country, id);\nDROP INDEX customers_country_idx;\nALTER INDEX customers_c2 RENAME TO customers_country_idx',
  'REINDEX (VERBOSE) TABLE customers',
  { sql: 'REINDEX SCHEMA "Odd Sch"', autocommit: true },
  { setup: 'ALTER TABLE docs ADD CONSTRAINT docs_apart EXCLUDE (size WITH =)', sql: 'REINDEX TABLE docs' },
  {
    setup:
      'CREATE MATERIALIZED VIEW late AS SELECT id, v FROM seen WITH NO DATA; CREATE UNIQUE INDEX late_id ON late (id)',
    sql: 'REFRESH MATERIALIZED VIEW late',
  },
  {
    setup:
      'CREATE MATERIALIZED VIEW part AS SELECT id, v FROM seen; CREATE UNIQUE INDEX part_id ON part (id) WHERE id > 5',
    sql: 'REFRESH MATERIALIZED VIEW part',
  },
  {
    setup: 'CREATE MATERIALIZED VIEW expr AS SELECT id, v FROM seen; CREATE UNIQUE INDEX expr_id ON expr ((id + 1))',
    sql: 'REFRESH MATERIALIZED VIEW expr',
  },
  'REFRESH MATERIALIZED VIEW seen_sums WITH NO DATA',
  'ALTER TABLE orders DROP CONSTRAINT orders_ref_key, ADD CONSTRAINT orders_ref_key UNIQUE (ref, id)',
  'ALTER TABLE docs DROP CONSTRAINT docs_pkey, ADD CONSTRAINT docs_pkey PRIMARY KEY (id) INCLUDE (size)',
  'ALTER TABLE customers ADD UNIQUE (code) USING INDEX TABLESPACE pg_default',
  { setup: 'CREATE TABLE customers_code_key (a int)', sql: 'ALTER TABLE customers ADD UNIQUE (code)' },
  {
    setup: 'ALTER TABLE logs ADD CONSTRAINT code_there CHECK (code IS NOT NULL) NOT VALID',
    sql: 'ALTER TABLE logs ADD PRIMARY KEY (code)',
    allows: /code_there/,
  },
  {
    setup: 'ALTER TABLE logs ADD CONSTRAINT code_there CHECK (code IS NOT NULL AND code > 0)',
    sql: 'ALTER TABLE logs ALTER COLUMN code SET NOT NULL',
  },
  { setup: 'ALTER TABLE base DROP CONSTRAINT base_pkey', sql: 'ALTER TABLE base ADD PRIMARY KEY (id, weight)' },
  'ALTER TABLE base ADD CONSTRAINT base_u UNIQUE (name, id)',
  { sql: 'ALTER TABLE measures_1 ADD CONSTRAINT m1 UNIQUE (value) DEFERRABLE' },
  'ALTER TABLE docs ADD CONSTRAINT f FOREIGN KEY (owner_id) REFERENCES customers (id) MATCH FULL, ADD CONSTRAINT g CHECK (size > 0), ADD CONSTRAINT h CHECK (size < 30000) NO INHERIT',
  {
    setup:
      'CREATE TABLE mref (id int, m bigint, d date); INSERT INTO mref SELECT n, m.id, m.day FROM generate_series(1, 20000) n JOIN measures m ON m.id = n',
    sql: 'ALTER TABLE mref ADD FOREIGN KEY (m, d) REFERENCES measures (id, day)',
  },
  {
    setup:
      'CREATE TABLE mref (id int, m bigint, d date); INSERT INTO mref SELECT n, m.id, m.day FROM generate_series(1, 20000) n JOIN measures m ON m.id = n',
    sql: 'ALTER TABLE mref ADD FOREIGN KEY (m, d) REFERENCES measures (id, day) ON DELETE SET NULL (m)',
    from: 15,
  },
  'ALTER TABLE events_2025 ADD FOREIGN KEY (customer_id) REFERENCES customers',
  'ALTER TABLE events_2024 ADD FOREIGN KEY (customer_id) REFERENCES customers',
  'ALTER TABLE child_b ADD FOREIGN KEY (id) REFERENCES customers',
  'ALTER TABLE base ADD FOREIGN KEY (id) REFERENCES customers',
  {
    setup: 'ALTER TABLE events_2024 ADD CONSTRAINT ev_fk FOREIGN KEY (customer_id) REFERENCES customers',
    sql: 'ALTER TABLE events ADD CONSTRAINT ev_fk FOREIGN KEY (customer_id) REFERENCES customers',
  },
  { sql: 'ALTER TABLE docs ADD CONSTRAINT nn NOT NULL size', from: 18 },
  { sql: 'ALTER TABLE docs ADD NOT NULL size', from: 18 },
  { sql: 'ALTER TABLE base ADD CONSTRAINT nn_alone NOT NULL weight NO INHERIT', from: 18 },
  { sql: 'ALTER TABLE base ADD CONSTRAINT nn_all NOT NULL weight', from: 18 },
  { sql: 'ALTER TABLE child_a ADD CONSTRAINT nn_child NOT NULL weight', from: 18 },
  { sql: 'ALTER TABLE events ADD CONSTRAINT nn_parts NOT NULL amount', from: 18 },
  { sql: 'ALTER TABLE events_2024 ADD CONSTRAINT nn_part NOT NULL amount', from: 18 },
  { sql: 'ALTER TABLE docs ADD CONSTRAINT f FOREIGN KEY (owner_id) REFERENCES customers NOT ENFORCED', from: 18 },
  {
    setup: 'ALTER TABLE events_2024 ALTER COLUMN amount SET NOT NULL',
    sql: 'ALTER TABLE events ALTER COLUMN amount SET NOT NULL',
    allows: /local/,
  },
  {
    setup:
      'CREATE TABLE grand (deep text) INHERITS (child_a); INSERT INTO grand SELECT n, n::text, n, n::text, n::text FROM generate_series(30001, 50000) n',
    sql: 'ALTER TABLE base ALTER COLUMN weight SET NOT NULL',
  },
  {
    setup:
      'CREATE TABLE grand (deep text) INHERITS (child_a); INSERT INTO grand SELECT n, n::text, n, n::text, n::text FROM generate_series(30001, 50000) n',
    sql: 'ALTER TABLE child_a ADD CHECK (weight > 0)',
  },
  'ALTER TABLE customers ALTER COLUMN code SET NOT NULL, ALTER COLUMN code SET DEFAULT $$x$$, ALTER COLUMN note SET DEFAULT $$y$$',
  `ALTER TABLE ${odd} ALTER COLUMN "user" SET NOT NULL, ALTER COLUMN n SET NOT NULL, ADD UNIQUE ("user")`,
  'ALTER TABLE docs ADD CONSTRAINT a CHECK (size > 0);\nALTER TABLE docs DROP CONSTRAINT a;\nALTER TABLE docs ADD CONSTRAINT a CHECK (size > -1)',
  'ALTER TABLE orders DROP CONSTRAINT orders_quantity_check;\nALTER TABLE orders ADD CONSTRAINT orders_quantity_check CHECK (quantity >= -1)',
  'ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey, ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id)',
  {
    sql: 'ALTER TABLE events ATTACH PARTITION extra DEFAULT',
    setup:
      'ALTER TABLE events DETACH PARTITION events_other; CREATE TABLE extra (LIKE events); INSERT INTO extra SELECT n, date $$2030-01-01$$, $$a$$, $$p$$, 1, n FROM generate_series(1, 20000) n',
  },
  {
    sql: "ALTER TABLE events_2025 ATTACH PARTITION events_2025_n FOR VALUES IN ('n', NULL)",
    setup:
      "CREATE TABLE events_2025_n (LIKE events); INSERT INTO events_2025_n SELECT n, date '2025-02-01', CASE WHEN n % 2 = 0 THEN 'n' END, 'p', 1, n FROM generate_series(1, 20000) n",
  },
  {
    sql: 'ALTER TABLE hashed ATTACH PARTITION hashed_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1)',
    setup:
      'CREATE TABLE hashed (id int) PARTITION BY HASH (id); CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE hashed_1 (id int); INSERT INTO hashed_1 SELECT n FROM generate_series(1, 40000) n WHERE satisfies_hash_partition((SELECT $$hashed$$::regclass), 2, 1, n)',
  },
  {
    sql: 'ALTER TABLE pairs ATTACH PARTITION pairs_1 FOR VALUES FROM (0, 0) TO (10, MAXVALUE)',
    setup:
      'CREATE TABLE pairs (a int, b int) PARTITION BY RANGE (a, b); CREATE TABLE pairs_1 (a int, b int); INSERT INTO pairs_1 SELECT n % 10, n FROM generate_series(1, 20000) n',
  },
  {
    sql: "ALTER TABLE measures ATTACH PARTITION measures_3 FOR VALUES FROM ('2026-01-01') TO (MAXVALUE)",
    setup:
      'CREATE TABLE measures_rest PARTITION OF measures DEFAULT; INSERT INTO measures SELECT n, date $$2020-01-01$$, 1 FROM generate_series(1, 20000) n; CREATE INDEX m3 ON measures_3 (value); ALTER TABLE measures_3 ADD CONSTRAINT m3c CHECK (day >= $$2026-01-01$$)',
  },
  {
    sql: "ALTER TABLE measures ATTACH PARTITION measures_3 FOR VALUES FROM ('2026-01-01') TO ('2026-07-01')",
    setup:
      'ALTER TABLE measures ADD FOREIGN KEY (value) REFERENCES customers (id); CREATE TRIGGER mt BEFORE INSERT ON measures FOR EACH ROW EXECUTE FUNCTION note_change()',
  },
  {
    sql: "CREATE TABLE measures_4 PARTITION OF measures FOR VALUES FROM ('2026-07-01') TO ('2027-01-01')",
    setup:
      "ALTER TABLE measures ADD CONSTRAINT vpos CHECK (value >= 0); ALTER TABLE measures ALTER COLUMN note SET DEFAULT 'n'; ALTER TABLE measures ALTER COLUMN note SET STORAGE EXTERNAL; GRANT SELECT ON measures TO PUBLIC; COMMENT ON COLUMN measures.note IS 'a'; CREATE TRIGGER mt BEFORE INSERT ON measures FOR EACH ROW EXECUTE FUNCTION note_change(); ALTER TABLE measures ENABLE ROW LEVEL SECURITY",
  },
  {
    sql: 'CREATE TABLE idp_2 PARTITION OF idp FOR VALUES FROM (20001) TO (40001)',
    setup:
      'CREATE TABLE idp (id int GENERATED ALWAYS AS IDENTITY, v int) PARTITION BY RANGE (id); CREATE TABLE idp_1 PARTITION OF idp FOR VALUES FROM (1) TO (20001); INSERT INTO idp (v) SELECT n FROM generate_series(1, 20000) n',
    from: 17,
  },
  {
    sql: "CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (kind)",
  },
  {
    sql: "CREATE TABLE measures_4 PARTITION OF measures (CONSTRAINT c CHECK (value > 0), note DEFAULT 'n') FOR VALUES FROM ('2026-07-01') TO ('2027-01-01')",
  },
  {
    sql: 'ALTER TABLE measures DETACH PARTITION measures_1',
    setup:
      'ALTER TABLE measures ADD FOREIGN KEY (value) REFERENCES customers (id); CREATE INDEX m1n ON measures_1 (note)',
  },
]
