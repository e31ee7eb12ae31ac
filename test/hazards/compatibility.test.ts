import { testCases } from './cases.ts'

testCases({
  'rename-column': {
    fires: [['a column that stood before', 'ALTER TABLE customers RENAME COLUMN email TO mail;']],
    silent: [
      ['a new table', 'CREATE TABLE t (a int); ALTER TABLE t RENAME COLUMN a TO b;'],
      ['a column added above', 'ALTER TABLE orders ADD COLUMN a int; ALTER TABLE orders RENAME COLUMN a TO b;'],
      [
        'two names exchanged in one transaction',
        'ALTER TABLE customers ADD COLUMN m text; ALTER TABLE customers RENAME COLUMN email TO old_email; ALTER TABLE customers RENAME COLUMN m TO email;',
      ],
    ],
  },
  'rename-table': {
    fires: [
      ['a table that existed before', 'ALTER TABLE customers RENAME TO clients;'],
      ['a name that looks like one of another schema', 'ALTER TABLE customers RENAME TO "old.customers";'],
    ],
    silent: [
      ['a new table', 'CREATE TABLE t (a int); ALTER TABLE t RENAME TO u;'],
      ['an index', 'ALTER INDEX orders_placed_at_idx RENAME TO i;'],
      [
        'a view under the old name',
        'ALTER TABLE customers RENAME TO clients; CREATE VIEW customers AS SELECT * FROM clients;',
      ],
    ],
  },
})
