import type { SchemaChange } from '../../effects/model/schema-change.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { alternative } from '../alternatives/alternative.ts'
import { certaintyOfUse, usageOf, usageText } from '../context/code-usage.ts'
import { holdsData } from '../context/held-data.ts'
import { changesOf } from '../context/schema-changes.ts'
import { defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

type Dropped = Extract<SchemaChange, { kind: 'drops column' | 'drops relation' }>

export const hazard = defineHazard({
  id: 'drop-used-column',
  group: 'compatibility',
  title: 'A column or table without rows is dropped that the code still names',
  page: {
    what: 'The column or table goes at once; every query that names it fails from then on.',
    why: 'No data is lost, but the version of the code that runs while this deploys still names it, also when this very change takes the uses out.',
    instead: 'Take it out of the code in an earlier deployment; drop it in a later one.',
    harmless:
      'Where the code names it nowhere, or is not searched at all, this says nothing of empty tables; where only part of it could be searched, the finding is low; where only files have the word that do not name the table, or this change takes the uses out, it is medium. Tables with rows are reported by drop-column and drop-table, which look at the code too.',
  },
  facts: ['effects', 'catalog', 'code'],
  sqlstates: ['42703', '42P01'],
  source:
    'The parser looks up every name again for each query (colNameToVar in parse_relation.c), so the old ones fail.',
  detect: (context) =>
    [...changesOf(context, 'drops column'), ...changesOf(context, 'drops relation')].flatMap(({ step, change }) => {
      const { relation } = change
      if (relation.isNew || relation.persistence === 'temporary' || holdsData(relation)) return []
      if (relation.kind !== 'table' && relation.kind !== 'partitioned table') return []
      const name = nameOf(change)
      const usage = usageOf(context, name)
      const partly = usage.kind === 'not searched' && (context.code?.searched ?? 0) > 0
      if (usage.kind === 'unused' || (usage.kind === 'not searched' && !partly)) return []
      const severity: Severity = partly ? 'low' : certaintyOfUse(usage) === 'likely' ? 'high' : 'medium'
      return [{ step, severity, relation, rows: relation.size.rows, change, name, usage }]
    }),
  describe: ({ change, name, usage, relation }, context) => ({
    message: `${usage.kind === 'not searched' ? 'May break' : 'Breaks'} code that still names \`${quoteRelation(relation)}${change.kind === 'drops column' ? `.${quoteName(change.column)}` : ''}\`: it is dropped`,
    why: usageText(usage, context, name),
    alternative: alternative('Take it out of the code in an earlier deployment; drop it in a later one.', []),
  }),
  examples: {
    bad: [
      {
        title: 'a column of an empty table',
        before: 'CREATE TABLE wishes (id bigint PRIMARY KEY, rank int);',
        tables: { wishes: { rows: 0, bytes: 0 } },
        migration: 'ALTER TABLE wishes DROP COLUMN rank;',
        code: { 'app/wishes.rb': 'class Wish\n  def top = where(rank: 1).from("wishes")\nend\n' },
        application: 'SELECT rank FROM wishes',
      },
      {
        title: 'only a file that does not name the table has the word',
        before: 'CREATE TABLE wishes (id bigint PRIMARY KEY, rank int);',
        tables: { wishes: { rows: 0, bytes: 0 } },
        migration: 'ALTER TABLE wishes DROP COLUMN rank;',
        code: { 'app/cards.rb': 'def best = cards.max_by(&:rank)\n' },
        application: 'SELECT rank FROM wishes',
      },
      {
        title: 'an empty table',
        before: 'CREATE TABLE wishes (id bigint PRIMARY KEY);',
        tables: { wishes: { rows: 0, bytes: 0 } },
        migration: 'DROP TABLE wishes;',
        code: { 'app/wishes.py': 'rows = db.all("select id from wishes")\n' },
        application: 'SELECT id FROM wishes',
      },
    ],
    good: [
      {
        title: 'nothing names the column',
        before: 'CREATE TABLE wishes (id bigint PRIMARY KEY, rank int);',
        tables: { wishes: { rows: 0, bytes: 0 } },
        migration: 'ALTER TABLE wishes DROP COLUMN rank;',
        code: { 'app/wishes.rb': 'class Wish\nend\n' },
      },
      {
        title: 'the table is made in the same change',
        before: '',
        migration: 'CREATE TABLE wishes (id bigint PRIMARY KEY);\nDROP TABLE wishes;',
        code: { 'app/wishes.rb': 'Wish.from("wishes")\n' },
      },
    ],
  },
})

function nameOf(change: Dropped): { table: string; column: string | null } {
  return { table: change.relation.name, column: change.kind === 'drops column' ? change.column : null }
}
