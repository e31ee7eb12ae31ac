import { filledBeforeInsert } from '../../catalog/filled-columns.ts'
import { columnOf, type Relation } from '../../catalog/relation.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { isUnseen } from '../context/blocked-statements.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { changesOf } from '../context/schema-changes.ts'
import { defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

const timeout = "SET LOCAL lock_timeout = '3s';\n"

export const hazard = defineHazard({
  id: 'not-null-breaks-old-writers',
  group: 'compatibility',
  title: 'A column becomes required that running code may leave out',
  page: {
    what: 'From this moment an INSERT without the column, or with NULL, is refused.',
    why: 'The version of the code that still runs while this deploys does not know a column that is new, and may still leave out one that was optional.',
    instead: 'Give the column a default, or let the code write it in an earlier deployment.',
    harmless:
      'With a default, with a BEFORE INSERT trigger that fills it, with a CHECK that demanded it before, or where the statistics say that nothing left it out, old code goes on as before. Where the rows are filled in this very change the code may write it by now: the finding is low.',
  },
  facts: ['effects', 'catalog', 'statistics'],
  sqlstates: ['23502'],
  source: 'ExecConstraints in execMain.c checks NOT NULL on every row that is written.',
  detect: (context) =>
    requiredIn(context).flatMap(({ step, relation, column, isNew }) => {
      if (isUnseen(relation) || relation.persistence === 'temporary') return []
      const severity = isNew ? newSeverity(relation) : oldSeverity(relation, column)
      const after = context.after(relation)
      if (severity === null || (after && providesValue(after, column))) return []
      if (filledBeforeInsert(after ?? relation, context.catalog).has(column)) return []
      return [{ step, severity, relation, rows: relation.size.rows, column, isNew }]
    }),
  describe: ({ relation, column, isNew }) => {
    const name = `${quoteRelation(relation)}.${quoteName(column)}`
    return {
      message: isNew
        ? `Breaks every INSERT of old code: \`${name}\` is required and has no default`
        : `Breaks INSERTs that leave out \`${name}\`: it becomes required and has no default`,
      why: isNew
        ? 'The version that runs while this deploys does not know the column, so PostgreSQL refuses its rows (SQLSTATE 23502).'
        : 'A version that still leaves it out is refused from then on (SQLSTATE 23502): be sure that the one that runs now always writes it.',
      alternative: {
        summary: 'Give it a default until every version writes it.',
        steps: [],
      },
    }
  },
  examples: {
    bad: [
      {
        title: 'a new column of a table that is empty so far',
        before: 'CREATE TABLE wishes (id bigint PRIMARY KEY);',
        tables: { wishes: { rows: 0, bytes: 0 } },
        migration: `${timeout}ALTER TABLE wishes ADD COLUMN rank int NOT NULL;`,
        application: 'INSERT INTO wishes (id) SELECT coalesce(max(id), 0) + 1 FROM wishes',
        seen: 'breaks',
      },
      {
        title: 'a column that was optional, without statistics',
        before: 'CREATE TABLE wishes (id bigint PRIMARY KEY, rank int);',
        tables: { wishes: { rows: 120, bytes: 16_384, columns: null } },
        migration: `${timeout}ALTER TABLE wishes ALTER COLUMN rank SET NOT NULL;`,
        application: 'INSERT INTO wishes (id) SELECT coalesce(max(id), 0) + 1 FROM wishes WHERE false',
        seen: 'runs',
      },
    ],
    good: [
      {
        title: 'a default for those who leave it out',
        before: 'CREATE TABLE wishes (id bigint PRIMARY KEY);',
        migration: `${timeout}ALTER TABLE wishes ADD COLUMN rank int NOT NULL DEFAULT 0;`,
      },
      {
        title: 'a trigger fills it in',
        before: `CREATE TABLE wishes (id bigint PRIMARY KEY, rank int);
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.rank := coalesce(NEW.rank, 0); RETURN NEW; END $$;
CREATE TRIGGER fill BEFORE INSERT ON wishes FOR EACH ROW EXECUTE FUNCTION fill();`,
        tables: { wishes: { rows: 0, bytes: 0, columns: null } },
        migration: `${timeout}ALTER TABLE wishes ALTER COLUMN rank SET NOT NULL;`,
      },
      {
        title: 'no writer leaves it out',
        before: 'CREATE TABLE wishes (id bigint PRIMARY KEY, rank int);\nINSERT INTO wishes VALUES (1, 1);',
        migration: `${timeout}ALTER TABLE wishes ALTER COLUMN rank SET NOT NULL;`,
      },
    ],
  },
})

interface Required {
  step: Step
  relation: Relation
  column: string
  isNew: boolean
}

function requiredIn(context: ReviewContext): Required[] {
  const added = changesOf(context, 'adds column').filter(({ change }) => change.notNullWithoutDefault)
  const set = changesOf(context, 'sets not null').filter(({ change }) => !change.proven)
  return [...added, ...set].map(({ step, change }) => ({ step, ...change, isNew: change.kind === 'adds column' }))
}

/** On a table with rows it fails at once, which another hazard reports. */
function newSeverity({ size }: Relation): Severity | null {
  return size.rows === 0 ? 'medium' : null
}

function oldSeverity(relation: Relation, name: string): Severity | null {
  const column = columnOf(relation, name)
  if (!column || column.notNull || providesValue(relation, name)) return null
  return column.statistics?.nullFraction === 0 && relation.size.rows !== 0 ? null : 'low'
}

function providesValue(relation: Relation, name: string): boolean {
  const column = columnOf(relation, name)
  return column !== null && (column.default !== null || column.identity !== null || column.generated !== null)
}
