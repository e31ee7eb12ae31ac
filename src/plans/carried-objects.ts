import type { Relation } from '../catalog/relation.ts'
import { quoteName } from '../sql/quote.ts'
import { type Carried, type ColumnExchange, nothingCarried } from './column-exchange.ts'
import { freeLabel, literal, tableSql } from './names.ts'
import { type NoWay, noWay, transaction } from './plan.ts'

/** Comment, grants, statistics target and options of the column itself. */
export function carriedColumn({ table, name, next, definition }: ColumnExchange): Carried | NoWay {
  const about = definition.columns.find((item) => item.name === name)
  if (!about) return noWay('What hangs on the column was not read.')
  const column = quoteName(next)
  const sql = [
    ...(about.target === null ? [] : [`ALTER TABLE ${table} ALTER COLUMN ${column} SET STATISTICS ${about.target};`]),
    ...(about.options.length === 0
      ? []
      : [`ALTER TABLE ${table} ALTER COLUMN ${column} SET (${about.options.join(', ')});`]),
    ...about.grants.map(
      ({ privilege, grantee, grantable }) =>
        `GRANT ${privilege} (${column}) ON ${table} TO ${grantee}${grantable ? ' WITH GRANT OPTION' : ''};`,
    ),
    ...(about.comment ? [`COMMENT ON COLUMN ${table}.${column} IS ${literal(about.comment)};`] : []),
  ]
  return { prepare: sql.length > 0 ? [transaction(sql)] : [], release: [], take: [], changes: [] }
}

/** Extended statistics over the column, under their names. */
export function carriedStatistics({ name, next, definition, context }: ColumnExchange): Carried | NoWay {
  const carried = nothingCarried()
  const named = definition.dependents.filter(({ column, kind }) => kind === 'pg_statistic_ext' && column === name)
  for (const { name: wanted } of named) {
    const about = definition.statistics.find((statistic) => statistic.name === wanted)
    const parts =
      about &&
      /^CREATE STATISTICS (\S+|(?:"(?:[^"]|"")+"\.?)+)( \([a-z, ]+\))? ON (.+) FROM (.+)$/s.exec(about.definition)
    if (!about || !parts || /\(/.test(parts[3] ?? ''))
      return noWay(`The statistics ${wanted} could not be written again.`)
    const columns = (parts[3] ?? '').split(', ').map((text) => (text === quoteName(name) ? quoteName(next) : text))
    const own = freeLabel(about.name, 'new', (text) => definition.statistics.some((other) => other.name === text))
    const home = (text: string): string => tableSql({ schema: about.schema, name: text }, context.catalog)
    carried.prepare.push(
      transaction(
        [`CREATE STATISTICS ${home(own)}${parts[2] ?? ''} ON ${columns.join(', ')} FROM ${parts[4]};`],
        `DROP STATISTICS ${home(own)};`,
      ),
    )
    carried.release.push(`DROP STATISTICS ${home(about.name)};`)
    carried.take.push(`ALTER STATISTICS ${home(own)} RENAME TO ${quoteName(about.name)};`)
    carried.take.push(`ALTER STATISTICS ${home(about.name)} OWNER TO ${quoteName(definition.owner)};`)
    if (about.target !== null) carried.take.push(`ALTER STATISTICS ${home(about.name)} SET STATISTICS ${about.target};`)
    if (about.comment) carried.take.push(`COMMENT ON STATISTICS ${home(about.name)} IS ${literal(about.comment)};`)
    carried.changes.push(
      `The statistics \`${about.name}\` list the column last, and hold nothing until the next ANALYZE.`,
    )
  }
  return carried
}

/** Policies that read the column: their expressions are read again, which names the new one. */
export function carriedPolicies({ table, name, definition }: ColumnExchange): Carried | NoWay {
  const carried = nothingCarried()
  const named = definition.dependents.filter(({ column, kind }) => kind === 'pg_policy' && column === name)
  for (const { name: wanted } of named) {
    const about = definition.policies?.find((policy) => policy.name === wanted)
    const at = about ? about.definition.search(/ (USING|WITH CHECK) \(/) : -1
    if (!about || at < 0) return noWay(`The policy ${wanted} could not be read.`)
    carried.take.push(`ALTER POLICY ${quoteName(about.name)} ON ${table}${about.definition.slice(at)};`)
  }
  return carried
}

/** Views that read the column, and those that read them: dropped and made again in the exchange, with what they had. */
export function carriedViews({ relation, name, definition, context }: ColumnExchange): Carried | NoWay {
  const { catalog } = context
  const reads = definition.dependents.some(({ column, kind }) => kind === 'pg_rewrite' && column === name)
  const direct = catalog
    .readers(relation)
    .filter((view) => view.reads.some((read) => read.relation === relation.id && read.columns.includes(name)))
  if (reads && direct.length === 0)
    return noWay(
      'A rule, or a view that was not read, names the column. Where the same change drops the view, write the type change alone: its plan makes the views again.',
    )
  const views: Relation[] = []
  const add = (view: Relation): void => {
    if (views.some(({ id }) => id === view.id))
      views.splice(
        views.findIndex(({ id }) => id === view.id),
        1,
      )
    views.push(view)
    for (const reader of catalog.readers(view)) add(reader)
  }
  for (const view of direct) add(view)
  const carried = nothingCarried()
  for (const view of views) {
    const about = view.definition
    if (view.kind !== 'view')
      return noWay(`The materialized view ${view.name} reads the column: it would have to be filled again.`)
    if (!about || about.view === null) return noWay(`The definition of the view ${view.name} was not read.`)
    if (view.triggers.length > 0 || view.rules.length > 0 || view.columns.some((column) => column.default !== null)) {
      return noWay(`The view ${view.name} has triggers, rules or defaults.`)
    }
    if (about.owner !== definition.owner) return noWay(`The view ${view.name} belongs to another role than the table.`)
    const home = tableSql(view, catalog)
    const options = about.options.length > 0 ? ` WITH (${about.options.join(', ')})` : ''
    carried.release.unshift(`DROP VIEW ${home};`)
    carried.take.push(
      `CREATE VIEW ${home}${options} AS ${about.view.trim().replace(/;$/, '')};`,
      `ALTER VIEW ${home} OWNER TO ${quoteName(about.owner)};`,
      ...about.grants.map(
        ({ privilege, grantee, grantable }) =>
          `GRANT ${privilege} ON ${home} TO ${grantee}${grantable ? ' WITH GRANT OPTION' : ''};`,
      ),
      ...(about.comment ? [`COMMENT ON VIEW ${home} IS ${literal(about.comment)};`] : []),
      ...about.columns.flatMap((column) => [
        ...(column.comment
          ? [`COMMENT ON COLUMN ${home}.${quoteName(column.name)} IS ${literal(column.comment)};`]
          : []),
        ...column.grants.map(
          ({ privilege, grantee, grantable }) =>
            `GRANT ${privilege} (${quoteName(column.name)}) ON ${home} TO ${grantee}${grantable ? ' WITH GRANT OPTION' : ''};`,
        ),
      ]),
    )
  }
  return carried
}

/** A dependent object of the column that none of these carries over; null when there is none. */
export function inTheWay({ name, definition }: ColumnExchange): string | null {
  const known = new Set(['pg_constraint', 'index', 'sequence', 'pg_statistic_ext', 'pg_policy', 'pg_rewrite'])
  const found = definition.dependents.find(({ column, kind }) => column === name && !known.has(kind))
  if (!found) return null
  const words: Record<string, string> = {
    pg_trigger: 'The trigger',
    pg_publication_rel: 'A publication',
    pg_attrdef: 'The generated column',
    pg_proc: 'A function',
  }
  const named = found.kind === 'pg_publication_rel' || found.kind === 'pg_proc' ? '' : ` \`${found.name ?? ''}\``
  return `${words[found.kind] ?? `An object of ${found.kind}`}${named} names the column and cannot move to another one.`
}
