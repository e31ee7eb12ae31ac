/** A small database with one of everything that the reader reads. */
export const schema = `
CREATE TYPE mood AS ENUM ('calm', 'cross');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE SCHEMA archive;

CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (
  id bigserial PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
  status varchar(20) DEFAULT 'new' CHECK (status <> ''),
  feeling mood,
  amount positive,
  doubled integer GENERATED ALWAYS AS (amount * 2) STORED,
  note text
);
CREATE INDEX orders_lower ON orders (lower(status)) WHERE amount > 1;
CREATE INDEX orders_customer ON orders (customer_id) INCLUDE (status);
CREATE TRIGGER stamped BEFORE UPDATE ON orders FOR EACH ROW WHEN (new.note IS NULL) EXECUTE FUNCTION stamp();
CREATE POLICY mine ON orders USING (status = 'mine');
CREATE TABLE lines (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);
CREATE TABLE notes (id bigint PRIMARY KEY, line_id bigint REFERENCES lines);
CREATE TABLE archive.orders (id bigint PRIMARY KEY);
CREATE TABLE unrelated (id bigint);
CREATE VIEW open_orders AS SELECT id, status FROM orders;
CREATE MATERIALIZED VIEW order_counts AS SELECT count(*) FROM open_orders;
CREATE RULE quiet AS ON DELETE TO unrelated DO NOTHING;

CREATE TABLE events (id bigint, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE "Mixed Case" ("Id" integer PRIMARY KEY, "select" text);
CREATE TABLE never_analysed (id bigint, label varchar(20)) WITH (autovacuum_enabled = off);
CREATE PUBLICATION feed FOR TABLE orders;
CREATE PUBLICATION thin FOR TABLE orders (id, note, status) WHERE (customer_id > 1 AND note <> '') WITH (publish = 'insert');
CREATE PUBLICATION shelf FOR TABLES IN SCHEMA archive WITH (publish = 'insert');

INSERT INTO customers SELECT n, 'secret-row-value' FROM generate_series(1, 500) n;
INSERT INTO orders (customer_id, status, amount, note)
  SELECT 1 + n % 500, 'paid', 1 + n, CASE WHEN n % 4 > 0 THEN 'x' END FROM generate_series(1, 1000) n;
ALTER TABLE orders ADD CONSTRAINT note_is_there CHECK (note IS NOT NULL) NOT VALID;
INSERT INTO events SELECT n, date '2024-01-01' + n % 366 FROM generate_series(1, 3000) n;
INSERT INTO events SELECT n, date '2026-01-01' FROM generate_series(1, 2000) n;
INSERT INTO never_analysed SELECT n, 'label ' || n FROM generate_series(1, 20000) n;
INSERT INTO archive.orders SELECT generate_series(1, 7);
ANALYZE customers, orders, events, events_2024, events_rest, archive.orders;
`
