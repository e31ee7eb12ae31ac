import type {
  AlterTableCmd,
  Constraint,
  CreateFunctionStmt,
  CreateTrigStmt,
  DefElem,
  FuncCall,
  IndexStmt,
  PartitionCmd,
} from '@pgsql/types'
import { textOf } from '../../sql/statement.ts'
import { qualifiedName, walk } from '../../sql/walk.ts'
import { alternative } from '../alternatives/alternative.ts'
import type { Step } from '../context/review-context.ts'
import { small } from '../example.ts'
import { defineHazard } from '../hazard.ts'

const before =
  'CREATE TABLE orders (id bigint PRIMARY KEY, total numeric, vat numeric);\nINSERT INTO orders VALUES (1, 10, 2);'

export const hazard = defineHazard({
  id: 'version-mismatch',
  group: 'failure',
  title: 'The server is too old for the statement',
  page: {
    what: 'The statement uses syntax or a function that came with a later major version than the server has.',
    why: 'It works on the newer server of a laptop and aborts in production.',
    instead: 'Write it as the server’s version has it, or upgrade the server first.',
    harmless: 'When the server is upgraded before this runs: say so with the policy’s postgres_version.',
  },
  facts: ['effects'],
  sqlstates: ['42601', '42883', '0A000'],
  source: 'The release notes of PostgreSQL 12 to 18; the parser here is that of 18.',
  detect: (context) =>
    context.steps.flatMap((step) => {
      if (!newer.test(textOf(step.statement))) return []
      const [newest] = featuresOf(step)
        .filter(({ since }) => since > context.catalog.major)
        .sort((a, b) => b.since - a.since)
      if (!newest) return []
      const relation = step.effects[0]?.effect.relation ?? null
      return [{ step, severity: 'critical' as const, relation, rows: null, ...newest, major: context.catalog.major }]
    }),
  describe: ({ words, since, major }) => ({
    message: `Will fail: ${words} came with PostgreSQL ${since}, and the server is ${major}`,
    why: 'The server does not know it and aborts the migration there.',
    alternative: alternative(
      `Write it as PostgreSQL ${major} has it, or upgrade the server first and say so with postgres_version in the policy.`,
      [],
    ),
  }),
  examples: {
    bad: [
      {
        title: 'a virtual generated column, of 18',
        before,
        tables: { orders: small },
        migration:
          "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN gross numeric GENERATED ALWAYS AS (total + vat) VIRTUAL;",
      },
      {
        title: 'a function of 18',
        before,
        migration: 'CREATE TABLE refunds (id uuid PRIMARY KEY DEFAULT uuidv7());',
      },
      {
        title: 'NOT ENFORCED, of 18',
        before,
        tables: { orders: small },
        migration:
          "SET lock_timeout = '3s';\nALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total > 0) NOT ENFORCED;",
      },
    ],
    good: [
      {
        title: 'a stored generated column, of 12',
        before,
        migration: 'CREATE TABLE refunds (total numeric, gross numeric GENERATED ALWAYS AS (total * 1.2) STORED);',
      },
      {
        title: 'NULLS NOT DISTINCT, of 15',
        before,
        migration: 'CREATE TABLE refunds (order_id bigint, UNIQUE NULLS NOT DISTINCT (order_id));',
      },
    ],
  },
})

/** A word of each feature below: most statements have none, and their trees need not be walked. */
const newer =
  /merge|\bperiod\b|overlaps|distinct|enforced|virtual|uuidv|constraint|add\s+not|set\s+(null|default|access|compression|expression)|drop\s+expression|concurrently|replace|atomic|security_invoker/i

interface Feature {
  words: string
  /** The major version that brought it. */
  since: number
}

function featuresOf({ statement: { node } }: Step): Feature[] {
  const found: Feature[] = []
  if (node && 'MergeStmt' in node) found.push({ words: 'MERGE', since: 15 })
  walk(node, (name, value) => {
    const feature = featureOf(name, value)
    if (feature) found.push(feature)
    return undefined
  })
  return found
}

function featureOf(name: string, value: object): Feature | null {
  switch (name) {
    case 'Constraint':
      return ofConstraint(value as Constraint)
    case 'AlterTableCmd':
      return ofCommand(value as AlterTableCmd)
    case 'IndexStmt':
      return (value as IndexStmt).nulls_not_distinct ? { words: 'NULLS NOT DISTINCT', since: 15 } : null
    case 'PartitionCmd':
      return (value as PartitionCmd).concurrent ? { words: 'DETACH PARTITION CONCURRENTLY', since: 14 } : null
    case 'CreateTrigStmt':
      return (value as CreateTrigStmt).replace ? { words: 'CREATE OR REPLACE TRIGGER', since: 14 } : null
    case 'CreateFunctionStmt':
      return (value as CreateFunctionStmt).sql_body ? { words: 'a function body in BEGIN ATOMIC', since: 14 } : null
    case 'DefElem':
      return (value as DefElem).defname === 'security_invoker' ? { words: 'security_invoker', since: 15 } : null
    case 'FuncCall':
      return ofFunction(qualifiedName((value as FuncCall).funcname).name)
    default:
      return null
  }
}

function ofConstraint(constraint: Constraint): Feature | null {
  const { contype } = constraint
  if (contype === 'CONSTR_GENERATED' && constraint.generated_kind === 'v')
    return { words: 'a virtual generated column', since: 18 }
  if (contype === 'CONSTR_ATTR_NOT_ENFORCED') return { words: 'NOT ENFORCED', since: 18 }
  if (
    (contype === 'CONSTR_CHECK' || contype === 'CONSTR_FOREIGN') &&
    constraint.skip_validation &&
    isNotEnforced(constraint)
  )
    return { words: 'NOT ENFORCED', since: 18 }
  if (contype === 'CONSTR_NOTNULL' && constraint.keys)
    return { words: 'NOT NULL as a constraint of the table', since: 18 }
  if (constraint.without_overlaps || constraint.fk_with_period) return { words: 'a key over periods', since: 18 }
  if (constraint.nulls_not_distinct) return { words: 'NULLS NOT DISTINCT', since: 15 }
  if (constraint.fk_del_set_cols) return { words: 'ON DELETE SET NULL with columns', since: 15 }
  return null
}

/** NOT VALID keeps `is_enforced`. */
function isNotEnforced(constraint: Constraint): boolean {
  return constraint.is_enforced !== true
}

function ofCommand({ subtype, name }: AlterTableCmd): Feature | null {
  switch (subtype) {
    case 'AT_SetExpression':
      return { words: 'SET EXPRESSION', since: 17 }
    case 'AT_SetAccessMethod':
      return { words: name ? 'SET ACCESS METHOD' : 'SET ACCESS METHOD DEFAULT', since: name ? 15 : 17 }
    case 'AT_SetCompression':
      return { words: 'SET COMPRESSION', since: 14 }
    case 'AT_DropExpression':
      return { words: 'DROP EXPRESSION', since: 13 }
    default:
      return null
  }
}

function ofFunction(name: string): Feature | null {
  return name === 'uuidv7' || name === 'uuidv4' ? { words: `${name}()`, since: 18 } : null
}
