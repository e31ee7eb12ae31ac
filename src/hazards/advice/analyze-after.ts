import type { Relation } from '../../catalog/relation.ts'
import { quoteRelation } from '../../sql/quote.ts'
import { oncePerStatement } from '../context/added-objects.ts'
import { blockedStatement, isUnseen } from '../context/blocked-statements.ts'
import type { ReviewContext } from '../context/review-context.ts'
import { changesOf } from '../context/schema-changes.ts'
import { statementsOfKind } from '../context/statements-of-kind.ts'
import { defineHazard } from '../hazard.ts'
import { reaches } from '../severity.ts'

export const hazard = defineHazard({
  id: 'analyze-after',
  group: 'advice',
  title: 'Statistics are missing after the change',
  page: {
    what: 'A change of type throws a column’s statistics away, and an index over an expression has none, until the next ANALYZE.',
    why: 'Until autovacuum comes by, the planner guesses, and a query of milliseconds may take minutes.',
    instead: 'ANALYZE the table at the end of the migration; it blocks no query.',
    harmless: 'Tables below 10,000 rows, and those that are new.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'ATExecAlterColumnType in tablecmds.c calls RemoveStatistics; an expression gets statistics in do_analyze_rel of analyze.c.',
  detect: (context) =>
    oncePerStatement(
      [...changesOf(context, 'changes type'), ...overExpressions(context)].flatMap(
        ({ step, at, change: { relation } }) => {
          if (isUnseen(relation) || relation.kind !== 'table') return []
          // There another way is advised, which needs none.
          if (reaches(blockedStatement(step, context)?.severity ?? 'low', 'high')) return []
          if ((relation.size.rows ?? few) < few || isAnalysed(at, relation, context)) return []
          return [{ step, severity: 'low' as const, relation, rows: relation.size.rows }]
        },
      ),
    ),
  describe: ({ relation }) => ({
    message: `\`${relation && quoteRelation(relation)}\` has no statistics of this until ANALYZE`,
    why: 'Until autovacuum comes by the planner guesses.',
    alternative: {
      summary: 'ANALYZE it at the end; it blocks no query.',
      steps: [{ sql: `ANALYZE ${relation ? quoteRelation(relation) : ''};`, transaction: 'own', file: 1 }],
    },
  }),
  examples: {
    bad: [
      {
        title: 'an index over an expression',
        before: 'CREATE TABLE people (id bigint PRIMARY KEY, email text);',
        tables: { people: { rows: 2_000_000, bytes: 300_000_000 } },
        transaction: 'none',
        migration: 'CREATE INDEX CONCURRENTLY people_email ON people (lower(email));',
      },
    ],
    good: [
      {
        title: 'with ANALYZE',
        before: 'CREATE TABLE people (id bigint PRIMARY KEY, email text);',
        tables: { people: { rows: 2_000_000, bytes: 300_000_000 } },
        transaction: 'none',
        migration: 'CREATE INDEX CONCURRENTLY people_email ON people (lower(email));\nANALYZE people;',
      },
    ],
  },
})

const few = 10_000

function overExpressions(context: ReviewContext) {
  return changesOf(context, 'builds index').filter(({ change }) => !change.skipped && change.index.keys.includes(null))
}

function isAnalysed(after: number, relation: Relation, context: ReviewContext): boolean {
  return statementsOfKind(context, 'VacuumStmt').some(({ at, body: { rels = [] } }) => {
    const names = rels.flatMap((rel) => ('VacuumRelation' in rel ? [rel.VacuumRelation.relation?.relname] : []))
    return at > after && (names.length === 0 || names.includes(relation.name))
  })
}
