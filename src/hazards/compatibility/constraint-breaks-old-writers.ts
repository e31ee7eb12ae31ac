import { provesNotNull } from '../../catalog/expressions.ts'
import { filledBeforeInsert } from '../../catalog/filled-columns.ts'
import type { Relation } from '../../catalog/relation.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { isUnseen } from '../context/blocked-statements.ts'
import type { ReviewContext } from '../context/review-context.ts'
import { changesOf, changesOn } from '../context/schema-changes.ts'
import { defineHazard } from '../hazard.ts'

const before = `CREATE TABLE jobs (id bigint PRIMARY KEY, state text CONSTRAINT known CHECK (state IN ('new', 'run', 'done')));`
const timeout = "SET LOCAL lock_timeout = '3s';\n"

export const hazard = defineHazard({
  id: 'constraint-breaks-old-writers',
  group: 'compatibility',
  title: 'A new constraint refuses what running code may still write',
  page: {
    what: 'From this moment rows that break the constraint are refused, NOT VALID or not.',
    why: 'The version of the code that still runs while this deploys may write such rows: for certain where an old CHECK allowed values that the new one does not, likely where old rows are left unchecked.',
    instead: 'Let the code stop writing such rows in an earlier deployment.',
    harmless:
      'If all old rows pass the CHECK, nothing wrote such rows; so does a validation in the same change. A column of the same change, or a table made in it, is known to no old code.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: ['23514'],
  source: 'ExecConstraints in execMain.c checks every row that is written against all constraints, valid or not.',
  detect: (context) =>
    changesOf(context, 'adds constraint').flatMap(({ step, at, change }) => {
      const { relation, columns } = change
      if (change.type !== 'check' || isUnseen(relation)) return []
      const added = changesOn(context, 'adds column', relation)
      if (added.some((changed) => changed.at <= at && columns.includes(changed.change.column))) return []
      const demands = columns.find((column) => provesNotNull(change.definition, column))
      if (
        demands !== undefined &&
        filledBeforeInsert(context.after(relation) ?? relation, context.catalog).has(demands)
      )
        return []
      const lost = valuesLost(relation, columns, change.definition, context, at)
      const validated = changesOn(context, 'validates constraint', relation)
      const unchecked =
        !change.validated &&
        !validated.some((changed) => changed.at >= at && changed.change.constraint === change.constraint)
      if (lost?.length === 0 && !unchecked) return []
      const severity = lost?.length === 0 ? ('low' as const) : ('medium' as const)
      return [{ step, severity, relation, rows: relation.size.rows, change, lost }]
    }),
  describe: ({ change, lost }) => ({
    message: messageOf(`\`${quoteRelation(change.relation)}\``, `\`${quoteName(change.constraint)}\``, lost),
    why: 'The version that runs while this deploys writes by the old rule, and PostgreSQL refuses its rows (SQLSTATE 23514).',
    alternative: { summary: 'Let the code stop writing such rows in an earlier deployment.', steps: [] },
  }),
  examples: {
    bad: [
      {
        title: 'fewer values than before',
        before,
        migration: `${timeout}ALTER TABLE jobs DROP CONSTRAINT known;\nALTER TABLE jobs ADD CONSTRAINT known CHECK (state IN ('new', 'done'));`,
        application: "INSERT INTO jobs SELECT coalesce(max(id), 0) + 1, 'run' FROM jobs",
      },
      {
        title: 'old rows are left unchecked',
        before,
        migration: `${timeout}ALTER TABLE jobs ADD CONSTRAINT positive CHECK (id > 10) NOT VALID;`,
        application: 'INSERT INTO jobs SELECT coalesce(max(id), 0) + 1 FROM jobs',
      },
    ],
    good: [
      {
        title: 'more values than before',
        before,
        migration: `${timeout}ALTER TABLE jobs DROP CONSTRAINT known;\nALTER TABLE jobs ADD CONSTRAINT known CHECK (state IN ('new', 'run', 'done', 'lost'));`,
      },
      {
        title: 'validated in the same change',
        before,
        migration: {
          '1.sql': `${timeout}ALTER TABLE jobs ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;`,
          '2.sql': 'ALTER TABLE jobs VALIDATE CONSTRAINT positive;',
        },
      },
    ],
  },
})

function messageOf(table: string, constraint: string, lost: string[] | null): string {
  if (lost === null)
    return `May break code that writes ${table}: whether ${constraint} allows less than the CHECK that it replaces is not known`
  return lost.length > 0
    ? `Breaks code that still writes ${lost.map((value) => `\`${value}\``).join(', ')} into ${table}: ${constraint} refuses it`
    : `May break code that writes ${table}: ${constraint} holds for new rows at once, though old ones are not checked`
}

/** Values that a CHECK dropped before, over the same columns, listed and the new one does not; null when it is unread. */
function valuesLost(
  relation: Relation,
  columns: string[],
  definition: string,
  context: ReviewContext,
  at: number,
): string[] | null {
  const now = listed(definition)
  if (now.length === 0) return []
  const dropped = changesOn(context, 'drops constraint', relation).flatMap((change) => {
    const { kind, columns: old, definition: before } = change.change.constraint
    return change.at <= at && kind === 'check' && old.join() === columns.join() ? [before] : []
  })
  if (dropped.includes('CHECK (…)')) return null
  return dropped.flatMap(listed).filter((value) => !now.includes(value))
}

/** The string constants of a definition; empty unless it is a list of values. */
function listed(definition: string): string[] {
  if (!/\bIN\s*\(|= ANY/i.test(definition)) return []
  return [...definition.matchAll(/'((?:[^']|'')*)'/g)].map(([, value = '']) => value.replaceAll("''", "'"))
}
