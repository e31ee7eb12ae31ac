import { createHash } from 'node:crypto'

/** `table_columns_digest<suffix>`, shortened to 63 characters as Django does (BaseDatabaseSchemaEditor._create_index_name). */
export function generatedName(table: string, columns: string[], suffix: string): string {
  const hash = createHash('md5')
  for (const part of [table, ...columns]) hash.update(part)
  let end = hash.digest('hex').slice(0, 8) + suffix
  const name = `${table}_${columns.join('_')}_${end}`
  if (name.length <= 63) return name
  if (end.length > 21) end = end.slice(0, 21)
  const rest = Math.floor((63 - end.length) / 2) - 1
  const short = `${table.slice(0, rest)}_${columns.join('_').slice(0, rest)}_${end}`
  return /^[_\d]/.test(short) ? `D${short.slice(0, -1)}` : short
}
