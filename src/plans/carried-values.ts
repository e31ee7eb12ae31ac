import type { Relation } from '../catalog/relation.ts'
import { quoteName } from '../sql/quote.ts'
import { type Carried, type ColumnExchange, nothingCarried } from './column-exchange.ts'
import { freeRelation, literal, tableSql } from './names.ts'
import { type NoWay, noWay } from './plan.ts'

/** Largest and smallest values of the integer types, as a sequence has them. */
const limits: Record<string, { minimum: string; maximum: string }> = {
  smallint: { minimum: '-32768', maximum: '32767' },
  integer: { minimum: '-2147483648', maximum: '2147483647' },
  bigint: { minimum: '-9223372036854775808', maximum: '9223372036854775807' },
}

/** Default, sequence and identity move to the new column; the old one is left without. */
export function carriedValues(exchange: ColumnExchange): Carried | NoWay {
  const { relation, table, column, name, next, context } = exchange
  const { catalog } = context
  const [old, fresh] = [quoteName(name), quoteName(next)]
  const sequences = catalog.ownedSequences(relation).filter(({ ownedBy }) => ownedBy?.column === name)
  if (column.identity !== null) return identity(exchange, sequences)
  const carried = nothingCarried()
  if (column.default !== null) {
    carried.release.push(
      `ALTER TABLE ${table} ALTER COLUMN ${fresh} SET DEFAULT ${column.default};`,
      `ALTER TABLE ${table} ALTER COLUMN ${old} DROP DEFAULT;`,
    )
  }
  for (const sequence of sequences) {
    if (sequence.definition && sequence.definition.owner !== relation.definition?.owner) {
      return noWay(`The sequence ${sequence.name} belongs to another role.`)
    }
    carried.release.push(`ALTER SEQUENCE ${tableSql(sequence, catalog)} OWNED BY ${table}.${fresh};`)
  }
  return carried
}

/** The new column gets an identity with the same numbers, which goes on where the old one is. */
function identity(exchange: ColumnExchange, sequences: Relation[]): Carried | NoWay {
  const { table, column, name, next, type, context } = exchange
  const { catalog } = context
  const [sequence] = sequences
  const about = sequence?.definition
  const numbers = about?.sequence
  if (!sequence || !about || !numbers) return noWay('The sequence of the identity was not read.')
  const bounds = limits[type]
  const before = limits[numbers.type]
  if (!bounds || !before) return noWay('An identity needs an integer type.')
  const [old, fresh] = [quoteName(name), quoteName(next)]
  const own = freeRelation(sequence.schema, sequence.name, 'new', catalog)
  const home = (name: string): string => tableSql({ schema: sequence.schema, name: name }, catalog)
  const up = !numbers.increment.startsWith('-')
  // A bound that is the type’s own is that of the new type (ALTER SEQUENCE … AS in sequence.c).
  const maximum = numbers.maximum === before.maximum && up ? bounds.maximum : numbers.maximum
  const minimum = numbers.minimum === before.minimum && !up ? bounds.minimum : numbers.minimum
  const options = [
    `SEQUENCE NAME ${home(own)}`,
    `START WITH ${numbers.start}`,
    `INCREMENT BY ${numbers.increment}`,
    `MINVALUE ${minimum}`,
    `MAXVALUE ${maximum}`,
    `CACHE ${numbers.cache}`,
    numbers.cycles ? 'CYCLE' : 'NO CYCLE',
  ].join(' ')
  const when = column.identity === 'always' ? 'ALWAYS' : 'BY DEFAULT'
  return {
    prepare: [],
    release: [
      `ALTER TABLE ${table} ALTER COLUMN ${fresh} ADD GENERATED ${when} AS IDENTITY (${options});`,
      `SELECT setval(${literal(home(own))}::regclass, last_value, is_called) FROM ${home(sequence.name)};`,
      `ALTER TABLE ${table} ALTER COLUMN ${old} DROP IDENTITY;`,
      `ALTER SEQUENCE ${home(own)} RENAME TO ${quoteName(sequence.name)};`,
      ...about.grants.map(
        ({ privilege, grantee, grantable }) =>
          `GRANT ${privilege} ON SEQUENCE ${home(sequence.name)} TO ${grantee}${grantable ? ' WITH GRANT OPTION' : ''};`,
      ),
      ...(about.comment ? [`COMMENT ON SEQUENCE ${home(sequence.name)} IS ${literal(about.comment)};`] : []),
    ],
    take: [],
    changes: [],
  }
}
