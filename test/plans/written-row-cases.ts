import { arrays, dateKey, long, longColumn, negativeKey, odd, textKey, volatile } from './case-tables.ts'
import type { PlanCase } from './try-plan.ts'

/** Rows that are written: values that build on others, and keys of other kinds. */
export const rows: (string | PlanCase)[] = [
  "UPDATE customers SET note = lower(code), code = 'x'",
  "UPDATE docs SET title = lower(body), body = 'x'",
  'UPDATE customers SET code = note, note = code',
  'UPDATE docs SET title = body, body = title',
  'UPDATE customers SET note = coalesce(note, code), code = note',
  "UPDATE customers SET note = coalesce(note, 'none')",
  'UPDATE customers SET score = CASE WHEN score < 50 THEN score + 50 ELSE 0 END',
  'UPDATE customers SET score = 0 - score WHERE score > 5',
  "UPDATE customers SET country = 'XX' WHERE country = 'DE'",
  'UPDATE customers SET score = 7 WHERE score <> 7 AND note IS NOT NULL',
  { setup: arrays, sql: "UPDATE lists SET words = words || 'x'::text" },
  { setup: arrays, sql: 'UPDATE lists SET numbers[1] = 5' },
  { setup: textKey, sql: "UPDATE named SET w = 'z'" },
  { setup: textKey, sql: 'DELETE FROM named WHERE v % 3 = 0' },
  { setup: dateKey, sql: 'UPDATE daily SET v = 1 WHERE shop > 100' },
  { setup: dateKey, sql: "DELETE FROM daily WHERE day > '2005-01-01'" },
  { setup: negativeKey, sql: 'UPDATE neg SET v = v * 2' },
  { setup: negativeKey, sql: 'DELETE FROM neg WHERE id < 0' },
  { setup: negativeKey, sql: 'UPDATE neg SET v = w, w = v WHERE id < 100' },
  {
    setup: 'CREATE TABLE pair (id int, v int); INSERT INTO pair SELECT n % 20000, n FROM generate_series(1, 20000) n',
    sql: 'UPDATE pair SET v = 3',
  },
  {
    setup: 'CREATE TABLE pair (id int, v int); INSERT INTO pair SELECT n % 20000, n FROM generate_series(1, 20000) n',
    sql: 'DELETE FROM pair WHERE v > 3',
  },
  {
    setup:
      'CREATE TABLE near (id int NOT NULL, v int); INSERT INTO near SELECT n, n FROM generate_series(1, 20000) n; CREATE UNIQUE INDEX near_some ON near (id) WHERE v > 0',
    sql: 'UPDATE near SET v = 3 WHERE id > 7',
  },
  {
    setup:
      'CREATE TABLE near (id int NOT NULL, v int); INSERT INTO near SELECT n, n FROM generate_series(1, 20000) n; CREATE UNIQUE INDEX near_all ON near (id DESC)',
    sql: 'UPDATE near SET v = 3 WHERE id > 7',
  },
  { sql: 'UPDATE customers SET created = now()', allows: volatile },
  'UPDATE customers SET settings = \'{"b": 2}\' WHERE score > 10',
  "UPDATE customers AS c SET note = v.t FROM (VALUES ('DE', 'x'), ('FR', 'y')) AS v (c, t) WHERE v.c = c.country",
  'UPDATE customers SET note = o.total::text FROM orders o, items i WHERE o.customer_id = customers.id AND i.order_id = o.id',
  "UPDATE customers SET note = 'b' WHERE id IN (SELECT customer_id FROM orders WHERE ref > 500)",
  "UPDATE customers SET note = 'b' WHERE EXISTS (SELECT FROM orders o WHERE o.customer_id = customers.id)",
  'UPDATE docs SET body = (SELECT email FROM customers c WHERE c.id = docs.owner_id)',
  'UPDATE customers SET (note, code) = (SELECT status, region FROM orders o WHERE o.customer_id = customers.id LIMIT 1)',
  'UPDATE seen_view SET v = 5',
  'UPDATE customers c SET note = d.note FROM customers d WHERE d.id = c.id + 1',
  'UPDATE measures SET value = value + 1',
  'UPDATE measures SET day = day + 1',
  "UPDATE events SET amount = 5 WHERE kind = 'a'",
  'UPDATE events SET amount = amount + 1',
  'UPDATE base SET weight = weight + 1',
  'UPDATE base SET name = upper(name)',
  `UPDATE ${long} SET ${longColumn} = 5`,
  `UPDATE ${odd} SET n = n + 1`,
  `DELETE FROM ${odd} WHERE n > 10`,
  'DELETE FROM customers c USING docs d WHERE d.owner_id = c.id AND d.size > 100',
  'DELETE FROM customers WHERE id IN (SELECT min(id) FROM customers GROUP BY score)',
  'DELETE FROM ONLY base',
  'DELETE FROM events_2025',
  'WITH gone AS (DELETE FROM logs WHERE code > 100 RETURNING *) INSERT INTO docs (id, title) SELECT md5(code::text || $$x$$)::uuid, level FROM gone',
  'DELETE FROM logs a USING logs b WHERE a.code = b.code + 1',
  'INSERT INTO logs SELECT * FROM logs',
  {
    sql: 'MERGE INTO customers c USING orders o ON o.customer_id = c.id AND o.ref > 15000 WHEN MATCHED THEN UPDATE SET note = o.status',
    from: 15,
  },
  {
    setup:
      'CREATE TRIGGER kids_keep BEFORE DELETE ON docs FOR EACH ROW WHEN (OLD.size < 100) EXECUTE FUNCTION note_change()',
    sql: 'DELETE FROM docs WHERE size < 15000',
  },
  { setup: 'CREATE RULE logs_no AS ON DELETE TO logs DO INSTEAD NOTHING', sql: 'DELETE FROM logs' },
  {
    setup:
      'CREATE TABLE g2 (id int PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a * 2) STORED); INSERT INTO g2 (id, a) SELECT n, n FROM generate_series(1, 20000) n',
    sql: 'UPDATE g2 SET a = b',
  },
  'TRUNCATE logs;\nINSERT INTO logs (code) SELECT size FROM docs',
  'UPDATE customers SET score = 1;\nUPDATE customers SET note = score::text',
  'UPDATE customers SET note = score::text;\nUPDATE customers SET score = score + 1;\nDELETE FROM logs WHERE code > 500',
]
