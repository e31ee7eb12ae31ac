import { quoteName, quoteRelation } from '../../sql/quote.ts'
import { defineHazard } from '../hazard.ts'
import { addedIndexes } from '../scene/added.ts'

export const hazard = defineHazard({
  id: 'wide-or-unused-index',
  group: 'advice',
  title: 'A wide index, or one more where others are not used',
  page: {
    what: 'An index over more than five columns, or over text that is wide on average, is built.',
    why: 'It is nearly as large as the table, every write pays for it, and a value beyond 2,704 bytes is refused.',
    instead: 'Index what the queries look up by; put what they only read into INCLUDE, or index a hash.',
    harmless: 'On new tables nothing is known of widths, so only the number of columns counts.',
  },
  facts: ['effects', 'catalog', 'statistics'],
  sqlstates: [],
  source: 'BTMaxItemSize in nbtree.h: a third of a page, 2,704 bytes, is the most that a btree entry holds.',
  detect: (scene) =>
    addedIndexes(scene).flatMap(({ step, relation, index }) => {
      const width = index.keys.reduce<number>(
        (sum, key) => sum + (relation.columns.find(({ name }) => name === key)?.statistics?.averageWidth ?? 0),
        0,
      )
      if (index.method !== 'btree' || (index.keys.length <= mostColumns && width <= mostBytes)) return []
      return [{ step, severity: 'low' as const, relation, rows: relation.size.rows, index, width }]
    }),
  tell: ({ relation, index, width }, scene) => ({
    message: `\`${quoteName(index.name)}\` of \`${quoteRelation(relation)}\` is wide: ${index.keys.length > mostColumns ? `${index.keys.length} columns` : `${scene.say.bytes(width)} an entry`}`,
    why: 'It takes nearly the room of the table, and every write pays for it.',
    alternative: { summary: 'Index what queries look up by, and INCLUDE what they only read.', steps: [] },
  }),
  examples: {
    bad: [
      {
        title: 'six columns',
        before: '',
        migration:
          'CREATE TABLE visits (id bigint PRIMARY KEY, a int, b int, c int, d int, e int, f int);\nCREATE INDEX wide ON visits (a, b, c, d, e, f);',
      },
    ],
    good: [
      {
        title: 'two columns and more to read',
        before: '',
        migration:
          'CREATE TABLE visits (id bigint PRIMARY KEY, a int, b int, c int, d int, e int, f int);\nCREATE INDEX narrow ON visits (a, b) INCLUDE (c, d, e, f);',
      },
    ],
  },
})

const mostColumns = 5

/** Average of an entry, bytes. */
const mostBytes = 400
