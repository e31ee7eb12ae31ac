import type { Index, Relation } from '../../catalog/relation.ts'
import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { addedIndexes } from '../context/added-objects.ts'
import { defineHazard } from '../hazard.ts'

export const hazard = defineHazard({
  id: 'duplicate-index',
  group: 'advice',
  title: 'An index that another one makes superfluous',
  page: {
    what: 'An index is built over columns with which another index of the table begins.',
    why: 'Every write keeps both up to date, both take their space, and the planner needs only one.',
    instead: 'Leave it out, or drop the one that it replaces.',
    harmless:
      'A unique index is a rule, not only a way to find rows. Partial indexes and other access methods serve other queries.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source: '`match_clause_to_indexcol` in indxpath.c: a btree serves any prefix of its columns.',
  detect: (context) =>
    addedIndexes(context).flatMap(({ step, relation, index }) => {
      const other = coverOf(index, relation)
      return other ? [{ step, severity: 'low' as const, relation, rows: relation.size.rows, index, other }] : []
    }),
  describe: ({ relation, index, other }) => ({
    message: `\`${quoteName(index.name)}\` is superfluous: \`${quoteName(other.name)}\` of \`${quoteRelation(relation)}\` begins with the same columns`,
    why: 'Every write keeps both up to date, and one serves the queries of both.',
    alternative: { summary: 'Leave it out, or drop the one that it replaces.', steps: [] },
  }),
  examples: {
    bad: [
      {
        title: 'a prefix of another',
        before:
          'CREATE TABLE visits (id bigint PRIMARY KEY, person bigint, at date);\nCREATE INDEX visits_person_at ON visits (person, at);',
        transaction: 'none',
        migration: 'CREATE INDEX CONCURRENTLY visits_person ON visits (person);',
      },
    ],
    good: [
      {
        title: 'another order',
        before:
          'CREATE TABLE visits (id bigint PRIMARY KEY, person bigint, at date);\nCREATE INDEX visits_person_at ON visits (person, at);',
        transaction: 'none',
        migration: 'CREATE INDEX CONCURRENTLY visits_at ON visits (at);',
      },
    ],
  },
})

/** The index that serves every use of this one. Of two equal ones, only the one built here is reported. */
function coverOf(index: Index, { indexes }: Relation): Index | undefined {
  if (index.unique || index.predicate !== null || index.method !== 'btree' || index.keys.includes(null))
    return undefined
  return indexes.find(
    (other) =>
      other.name !== index.name &&
      other.valid &&
      other.predicate === null &&
      other.method === 'btree' &&
      index.keys.every((key, i) => other.keys[i] === key) &&
      index.include.every((column) => other.include.includes(column) || other.keys.includes(column)) &&
      isPlain(index) &&
      isPlain(other),
  )
}

/** Without an explicit order, operator class or collation, which only the definition shows. */
function isPlain({ definition }: Index): boolean {
  return !/\b(DESC|NULLS|COLLATE|\w+_ops)\b/i.test(definition)
}
