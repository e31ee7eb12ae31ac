import { keyOverIndex } from '../alternatives/key-over-index-steps.ts'
import { blockingHazard } from '../blocking-hazard.ts'
import { lockOf } from '../context/blocked-statements.ts'
import { addedKey } from '../context/schema-changes.ts'
import { big } from '../example.ts'

const before = `CREATE TABLE customers (id bigint NOT NULL, email text NOT NULL);
INSERT INTO customers SELECT n, n || '@example.com' FROM generate_series(1, 100) n;`

export const hazard = blockingHazard({
  id: 'blocking-unique',
  group: 'blocking',
  title: 'A key builds its index under ACCESS EXCLUSIVE',
  page: {
    what: 'ADD UNIQUE, PRIMARY KEY and EXCLUDE build their index under ACCESS EXCLUSIVE; PRIMARY KEY USING INDEX over nullable columns reads all rows for nulls.',
    why: 'Neither reads nor writes go on until the index is built.',
    instead:
      'Build a unique index CONCURRENTLY first, then add the constraint USING INDEX, which takes a moment. An EXCLUDE constraint has no such way: add it in a quiet moment, behind a lock_timeout.',
    harmless:
      'On a table that is new in the same change, or so small that the build takes milliseconds: then the finding is low.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'ATExecAddIndex in src/backend/commands/tablecmds.c runs DefineIndex under the AccessExclusiveLock that ADD CONSTRAINT has taken; ATExecAddIndexConstraint only takes an index over.',
  applies: (effect, step) => !effect.rewrite && addedKey(step) !== null && (effect.builds.length > 0 || effect.scan),
  why: (blocked) => {
    const key = addedKey(blocked.step)
    return key?.usingIndex
      ? `A primary key needs NOT NULL columns, so every row is read under ${lockOf(blocked)}.`
      : `The index behind the ${key?.type === 'unique' ? 'UNIQUE' : (key?.type ?? 'key')} constraint is built under ${lockOf(blocked)}; reads wait as well as writes.`
  },
  alternative: (blocked, main, context) => keyOverIndex(blocked.step, main, context),
  examples: {
    bad: [
      {
        title: 'ADD UNIQUE',
        before,
        tables: { customers: big },
        migration: 'ALTER TABLE customers ADD CONSTRAINT customers_email_key UNIQUE (email);',
      },
      {
        title: 'ADD PRIMARY KEY',
        before,
        tables: { customers: big },
        migration: 'ALTER TABLE customers ADD PRIMARY KEY (id);',
      },
    ],
    good: [
      {
        title: 'the index is built CONCURRENTLY first',
        before,
        tables: { customers: big },
        transaction: 'none',
        migration: {
          '1.sql': 'CREATE UNIQUE INDEX CONCURRENTLY customers_email_key ON customers (email);',
          '2.sql':
            "SET lock_timeout = '3s';\nALTER TABLE customers ADD CONSTRAINT customers_email_key UNIQUE USING INDEX customers_email_key;",
        },
      },
      {
        title: 'a key of a new table',
        before,
        migration: 'CREATE TABLE refunds (id bigint);\nALTER TABLE refunds ADD PRIMARY KEY (id);',
      },
    ],
  },
})
