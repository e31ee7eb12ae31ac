import { raise } from '../code/not-readable.ts'
import type { Command } from './command.ts'
import { quoteTable } from './rails-names.ts'
import { nameOf } from './table-definition.ts'

/**
 * The messages of the gems scenic (`db/views/<name>_v02.sql`) and fx (`db/functions`, `db/triggers`), whose SQL is in files
 * of its own; null for other commands.
 */
export function filesOf(command: Command, text: (path: string) => string | null): string[] | null {
  const kind = /^(create|update|replace|drop|refresh)_(view|function|trigger|materialized_view)$/.exec(command.name)
  if (!kind) return null
  const [, verb, what] = kind
  const { options, args } = command
  const name = nameOf(args[0])
  if (what === 'view') return viewSql(verb ?? '', name, command, text)
  if (what === 'materialized_view')
    return [`REFRESH MATERIALIZED VIEW${options.isTrue('concurrently') ? ' CONCURRENTLY' : ''} ${quoteTable(name)}`]
  const table = options.text('on') ?? (args[1] ? nameOf(args[1]) : null)
  const drop =
    what === 'function'
      ? `DROP FUNCTION ${name}`
      : `DROP TRIGGER ${name} ON ${table ?? raise('the table of the trigger is not known')}`
  if (verb === 'drop') return [drop]
  const inline = options.text('sql_definition')
  const file = `db/${what}s/${name}_v${padded(options.text('version') ?? '1')}.sql`
  const sql = inline ?? text(file) ?? raise(`${file} is not in this repository`)
  return verb === 'update' ? [drop, sql] : [sql]
}

function viewSql(
  verb: string,
  name: string,
  { options, args }: Command,
  text: (path: string) => string | null,
): string[] {
  const materialized = options.isSet('materialized')
  const kind = materialized ? 'MATERIALIZED VIEW' : 'VIEW'
  const drop = `DROP ${kind} ${quoteTable(name)}`
  if (verb === 'drop') return [drop]
  if (verb === 'refresh') return [`REFRESH MATERIALIZED VIEW ${quoteTable(name)}`]
  const version = options.text('version') ?? (verb === 'create' ? '1' : raise('the version of the view is not known'))
  const file = `db/views/${name.replaceAll('.', '_')}_v${padded(version)}.sql`
  const inline = options.text('sql_definition')
  const definition = (inline ?? text(file) ?? raise(`${file} is not in this repository`)).trim().replace(/;$/, '')
  const later = materialized && options.inner('materialized').isTrue('no_data') ? ' WITH NO DATA' : ''
  if (args.length === 0) return []
  if (verb === 'replace') return [`CREATE OR REPLACE VIEW ${quoteTable(name)} AS ${definition}`]
  const create = `CREATE ${kind} ${quoteTable(name)} AS ${definition}${later}`
  return verb === 'update' ? [drop, create] : [create]
}

function padded(version: string): string {
  return version.padStart(2, '0')
}
