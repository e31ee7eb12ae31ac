import { columnOf, type Relation } from '../../catalog/relation.ts'
import { objectName } from '../../effects/names/object-names.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { type AlternativeStep, alternative, outside, own, same } from '../alternatives/alternative.ts'
import { batch, withoutEquality } from '../alternatives/batches.ts'
import { usageOf, usageText } from '../context/code-usage.ts'
import type { ReviewContext } from '../context/review-context.ts'
import { type ChangeAt, changesOf, changesOn } from '../context/schema-changes.ts'
import { defineHazard } from '../hazard.ts'

const before = 'CREATE TABLE customers (id bigint PRIMARY KEY, email text);'
const timeout = "SET LOCAL lock_timeout = '3s';\n"

export const hazard = defineHazard({
  id: 'rename-column',
  group: 'compatibility',
  title: 'A column that running code names is renamed',
  page: {
    what: 'RENAME COLUMN takes a moment; from then on the old name is unknown.',
    why: 'The version of the code that still runs while this deploys fails on every query that names it, and so does a rollback.',
    instead:
      'Expand and contract: add the new column and keep both in step, fill it, switch the code, drop the old one later.',
    harmless:
      'A column or table made in the same change is known to no code yet. At the end of an expand and contract another column takes the old name in the same transaction.',
  },
  facts: ['effects', 'catalog', 'code'],
  sqlstates: ['42703'],
  source: '`renameatt_internal` in tablecmds.c changes the name at once; each query looks it up again (colNameToVar).',
  detect: (context) =>
    changesOf(context, 'renames column').flatMap((change) => {
      const { relation, from, to } = change.change
      if (relation.isNew || isExchanged(change, context) || isOwnColumn(change, context)) return []
      return [{ step: change.step, severity: 'high' as const, relation, rows: relation.size.rows, from, to }]
    }),
  describe: ({ relation, from, to }, context) => {
    const name = { table: relation.name, column: from }
    return {
      message: `Breaks code that still names \`${quoteRelation(relation)}.${quoteName(from)}\`: it becomes \`${quoteName(to)}\``,
      why: usageText(usageOf(context, name), context, name),
      alternative: /view$/.test(relation.kind)
        ? alternative(
            `Make the ${relation.kind} again with both names, switch the code to the new one, and drop the old one in a later deployment.`,
            [],
          )
        : alternative(
            'Expand and contract: add the new column and keep both in step, fill it, switch the code to it, and drop the old one in a later deployment.',
            expand({ relation, from, to }),
          ),
    }
  },
  examples: {
    bad: [
      {
        title: 'a column that the code names',
        before,
        migration: `${timeout}ALTER TABLE customers RENAME COLUMN email TO email_address;`,
        code: { 'app/models/customer.rb': 'class Customer\n  validates :email, presence: true\nend\n' },
        application: 'SELECT email FROM customers',
      },
      {
        title: 'of a view',
        before: `${before}\nCREATE VIEW addresses AS SELECT email FROM customers;`,
        migration: `${timeout}ALTER VIEW addresses RENAME COLUMN email TO address;`,
        application: 'SELECT email FROM addresses',
      },
    ],
    good: [
      {
        title: 'a column of the same change',
        before,
        migration: `${timeout}ALTER TABLE customers ADD COLUMN mail text;\nALTER TABLE customers RENAME COLUMN mail TO address;`,
      },
      {
        title: 'a table made in the same change',
        before: '',
        migration: 'CREATE TABLE t (id bigint PRIMARY KEY, a int);\nALTER TABLE t RENAME COLUMN a TO b;',
      },
    ],
  },
})

/** The new column beside the old one, kept in step by a trigger, and filled in batches. */
function expand({ relation, from, to }: Renaming): AlternativeStep[] {
  const table = quoteRelation(relation)
  const [old, next] = [quoteName(from), quoteName(to)]
  const type = columnOf(relation, from)?.type
  if (!type) return [own(1, `ALTER TABLE ${table} ADD COLUMN ${next} /* the type of ${old} */ text;`)]
  const sync = objectName(relation.name, to, 'sync')
  const fn = quoteRelation({ schema: relation.schema, name: sync })
  return [
    own(1, `ALTER TABLE ${table} ADD COLUMN ${next} ${type};`),
    same(1, `CREATE FUNCTION ${fn}() RETURNS trigger LANGUAGE plpgsql AS $$\n${bothWays(old, next, type)}\n$$;`),
    same(
      1,
      `CREATE TRIGGER ${quoteName(sync)} BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${fn}();`,
    ),
    outside(2, batch(relation, { update: `${next} = ${old}` }, `${next} IS NULL AND ${old} IS NOT NULL`)),
  ]
}

/** Two versions of the code write: the new version's value wins, also over the old column's default. */
function bothWays(old: string, next: string, type: string): string {
  const compared = withoutEquality.test(type) ? '::text' : ''
  const [was, is] = [`OLD.${next}${compared}`, `NEW.${next}${compared}`]
  return `BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.${next} := coalesce(NEW.${next}, NEW.${old});
    NEW.${old} := NEW.${next};
  ELSIF ${is} IS DISTINCT FROM ${was} THEN
    NEW.${old} := NEW.${next};
  ELSE
    NEW.${next} := NEW.${old};
  END IF;
  RETURN NEW;
END`
}

type Renaming = { relation: Relation; from: string; to: string }

type Renamed = ChangeAt<'renames column'>

/** The end of an expand and contract: another column takes the name in the same transaction, so code never misses it. */
function isExchanged({ step: { transaction }, change: { relation, from } }: Renamed, context: ReviewContext): boolean {
  return changesOn(context, 'renames column', relation).some(
    ({ step, change }) => transaction !== null && step.transaction === transaction && change.to === from,
  )
}

/** A column that was added in this review: no code names it yet. */
function isOwnColumn({ at, change: { relation, from } }: Renamed, context: ReviewContext): boolean {
  return changesOn(context, 'adds column', relation).some(
    (changed) => changed.at < at && changed.change.column === from,
  )
}
