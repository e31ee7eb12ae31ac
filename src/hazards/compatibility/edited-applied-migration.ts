import { type AppliedChange, changedStep, placeOf, rulesOf } from '../context/history-facts.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { type Description, defineHazard } from '../hazard.ts'

const base = {
  'db/migration/V1__orders.sql': 'CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n',
  'db/migration/V2__total.sql': 'ALTER TABLE orders ADD COLUMN total int;\n',
}

const examples: Description['examples'] = {
  bad: [
    {
      title: 'another type in a file that was merged',
      before: '',
      base: { '000001_orders.up.sql': 'CREATE TABLE orders (id int PRIMARY KEY);\n' },
      migration: { '000001_orders.up.sql': 'CREATE TABLE orders (id bigint PRIMARY KEY);\n' },
      runner: 'golang-migrate',
      seen: 'runs',
    },
    {
      title: 'a comment, where the tool keeps a checksum of the text',
      before: '',
      base: { 'db/migration/V1__orders.sql': base['db/migration/V1__orders.sql'] },
      migration: { 'db/migration/V1__orders.sql': `-- orders\n${base['db/migration/V1__orders.sql']}` },
      runner: 'flyway',
      seen: 'runs',
    },
  ],
  good: [
    {
      title: 'a new file beside merged ones',
      before: 'CREATE TABLE orders (id bigint PRIMARY KEY, note text, total int);',
      base,
      migration: {
        'db/migration/V3__paid.sql': "SET LOCAL lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN paid bool;\n",
      },
      runner: 'flyway',
    },
    {
      title: 'a repeatable file, which is there to be edited',
      before: 'CREATE TABLE orders (id bigint PRIMARY KEY, note text);',
      base: { 'db/migration/R__open.sql': 'CREATE OR REPLACE VIEW open AS SELECT id FROM orders;\n' },
      migration: { 'db/migration/R__open.sql': 'CREATE OR REPLACE VIEW open AS SELECT id, note FROM orders;\n' },
      runner: 'flyway',
    },
  ],
}

export const hazard = defineHazard({
  id: 'edited-applied-migration',
  group: 'compatibility',
  title: 'A migration that was merged before is edited, renamed or removed',
  page: {
    what: 'Databases that ran the file keep what it did then; new ones get what it says now. Tools that keep a checksum or the name stop at their next run.',
    why: 'Production and every new database no longer have the same schema, or the next deployment stops before it begins.',
    instead: 'Leave the file as it was merged, and put the change into a new one.',
    harmless:
      'Repeatable files of Flyway are there to be edited. An edit of comments, or of the way back alone, does not matter to tools that keep no checksum, nor a new name with the same version to tools that go by the version.',
  },
  facts: ['history'],
  sqlstates: [],
  source:
    'The tools’ own rules: Flyway validates checksum, version and description (DbValidate), sqlx compares checksums (Migrator::run), golang-migrate, goose, dbmate and Diesel go by the version alone, Prisma and sql-migrate by the name.',
  detect(context) {
    const found = (context.history?.changed ?? []).flatMap((change) => placed(change, context))
    const removed = found.filter(({ change }) => change.how === 'removed')
    // A squashed history removes them all at once: that is one finding.
    const [first, ...more] = removed
    const rest = found.filter(({ change }) => change.how !== 'removed')
    return [...rest, ...(first ? [{ ...first, others: more.length }] : [])].map((item) => ({
      ...item,
      severity: 'high' as const,
      relation: null,
      rows: null,
    }))
  },
  describe: ({ change, what, others }) => ({
    message: `Was merged before and is ${change.how} here: \`${change.path}\`${others > 0 ? ` and ${others} more` : ''}`,
    why: `${what}.`,
    alternative: {
      summary:
        change.how === 'renamed'
          ? 'Give the file its name back.'
          : 'Put the file back as it was, and write the change as a new migration.',
      steps: [],
    },
  }),
  examples,
})

interface Placed {
  step: Step
  change: AppliedChange
  what: string
  others: number
}

function placed(change: AppliedChange, context: ReviewContext): Placed[] {
  const before = change.before.find((migration) => migration.direction === 'up')
  const rules = before && rulesOf(before)
  if (!before || !rules || isRepeatable(change.path, before)) return []
  const path = change.to ?? change.path
  const steps = context.steps.filter(({ migration }) => migration.path === path && migration.direction === 'up')
  const item = (what: string, step: Step | null): Placed[] => [
    { step: step ?? steps[0] ?? placeOf(path, before), change, what, others: 0 },
  ]
  if (change.how === 'removed') return item(rules.removed, null)
  const edited = changedStep(change, steps)
  if (change.how === 'renamed' && rules.renamed !== null) return item(rules.renamed, edited)
  if (change.how === 'renamed' && rules.version(change.path) !== rules.version(path)) return item(renumbered, edited)
  // The text as a whole is not known here, but git lists the file as changed.
  return edited || (rules.checksum && change.how === 'edited') ? item(rules.edited, edited) : []
}

const renumbered = 'Under its new version it counts as one that has not run'

function isRepeatable(path: string, { runner }: AppliedChange['before'][number]): boolean {
  return runner === 'flyway' && /(^|\/)R__/i.test(path)
}
