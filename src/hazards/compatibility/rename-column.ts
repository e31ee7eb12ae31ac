import { columnOf, type Relation } from '../../catalog/catalog.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative, batch, outside, own, same } from '../alternatives.ts'
import { type Draft, defineHazard } from '../hazard.ts'
import type { Step } from '../scene.ts'
import { unwritten } from '../unwritten.ts'

export const hazard = defineHazard({
  ...unwritten,
  id: 'rename-column',
  group: 'compatibility',
  title: 'A column that running code names is renamed',
  page: {
    what: 'RENAME COLUMN takes a moment; from then on the old name is unknown.',
    why: 'The version of the code that still runs while this deploys fails on every query that names it, and so does a rollback.',
    instead: 'Expand and contract: add the new column, write both, fill it, switch the code, drop the old one later.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect: (scene): Draft[] =>
    scene.steps.flatMap((step) =>
      step.judgement.marks.flatMap((mark): Draft[] => {
        if (mark.kind !== 'renames column' || mark.relation.isNew || step.migration.direction === 'down') return []
        if (isExchanged(step, mark) || isOwnColumn(scene.steps, step, mark)) return []
        const { relation, from, to } = mark
        const table = quoteRelation(relation)
        const [old, next] = [quoteName(from), quoteName(to)]
        const type = columnOf(relation, from)?.type
        const fn = quoteRelation({ schema: relation.schema, name: `${relation.name}_${to}_sync` })
        const steps = type
          ? [
              own(1, `ALTER TABLE ${table} ADD COLUMN ${next} ${type};`),
              same(
                1,
                `CREATE FUNCTION ${fn}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_OP = 'INSERT' OR NEW.${old} IS DISTINCT FROM OLD.${old} THEN NEW.${next} := coalesce(NEW.${old}, NEW.${next}); END IF; RETURN NEW; END $$;`,
              ),
              same(
                1,
                `CREATE TRIGGER ${quoteName(`${relation.name}_${to}_sync`)} BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${fn}();`,
              ),
              outside(2, batch(relation, { update: `${next} = ${old}` }, `${next} IS NULL AND ${old} IS NOT NULL`)),
            ]
          : [own(1, `ALTER TABLE ${table} ADD COLUMN ${next} /* the type of ${old} */ text;`)]
        return [
          {
            step,
            severity: 'high',
            relation,
            rows: relation.size.rows,
            message: `Breaks code that still names \`${table}.${old}\`: it becomes \`${next}\``,
            why: 'Old and new versions of the application run side by side while this deploys; the old one fails on every query that names the column.',
            related: [],
            alternative: alternative(
              'Expand and contract: add the new column and keep it in step, fill it, switch the code to it, and drop the old one in a later deployment.',
              steps,
            ),
          },
        ]
      }),
    ),
})

type Renaming = { relation: Relation; from: string; to: string }

/** The end of an expand and contract: another column takes the name in the same transaction, so code never misses it. */
function isExchanged(step: Step, { relation, from }: Renaming): boolean {
  return (step.transaction?.steps ?? []).some(({ judgement }) =>
    judgement.marks.some(
      (mark) => mark.kind === 'renames column' && mark.relation.id === relation.id && mark.to === from,
    ),
  )
}

/** A column that was added in this review: no code names it yet. */
function isOwnColumn(steps: Step[], step: Step, { relation, from }: Renaming): boolean {
  return steps
    .slice(0, steps.indexOf(step))
    .some(({ judgement }) =>
      judgement.marks.some(
        (mark) => mark.kind === 'adds column' && mark.relation.id === relation.id && mark.column === from,
      ),
    )
}
