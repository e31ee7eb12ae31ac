import { textOf, type Value } from '../../languages/code/values.ts'
import { raise } from '../code/not-readable.ts'
import { quoteName } from '../code/quoting.ts'
import { built } from './alembic-values.ts'

/** The messages of alembic_utils for functions and views; null for other operations. */
export function entitySql(operation: string, args: Value[]): string[] | null {
  const verb = /^(create|replace|drop)_entity$/.exec(operation)?.[1]
  const entity = built(args[0])
  if (!verb || !entity) return null
  const text = (name: string, at: number): string =>
    textOf(entity.named.get(name) ?? entity.args[at]) ?? raise('an entity that is not known')
  const [schema, signature, definition] = [text('schema', 0), text('signature', 1), text('definition', 2)]
  const name = `${quoteName(schema)}.${entity.name === 'PGFunction' ? signature : quoteName(signature)}`
  const kinds: Record<string, string> = {
    PGFunction: 'FUNCTION',
    PGView: 'VIEW',
    PGMaterializedView: 'MATERIALIZED VIEW',
  }
  const kind = kinds[entity.name] ?? raise(`\`${entity.name}\` is not read`)
  if (verb === 'drop') return [`DROP ${kind} ${name}`]
  const as = kind === 'FUNCTION' ? '' : 'AS '
  if (verb === 'create' || kind === 'MATERIALIZED VIEW') return [`CREATE ${kind} ${name} ${as}${definition}`]
  return [`CREATE OR REPLACE ${kind} ${name} ${as}${definition}`]
}
