import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { StatementKind } from '../src/effects/model/statement-handler.ts'
import { changeNothing } from '../src/effects/statements/change-nothing.ts'
import { statementHandlers } from '../src/effects/statements/statement-registry.ts'
import { loadParser, parseOne } from '../src/sql/parse.ts'
import { statementRegistry } from './statement-registry.ts'

/**
 * `npm run new:statement <name> "<sql>"`: a handler for the kind of this statement, which compiles, and the statement as a
 * case, which fails until the handler says what servers do.
 */

const { positionals } = parseArgs({ allowPositionals: true })
const [name = '', sql = ''] = positionals
const statements = new URL('../src/effects/statements/', import.meta.url)
const cases = new URL('../test/truth/cases/', import.meta.url)

await loadParser()
const refusal = refusalOf(name, sql)
if (refusal !== null) {
  process.stderr.write(`${refusal}\n`)
  process.exitCode = 2
} else {
  const kind = kindOf(sql)
  takeFromList(kind)
  writeFileSync(new URL(`${name}.ts`, statements), scaffold(name, kind))
  writeFileSync(new URL('statement-registry.ts', statements), statementRegistry())
  writeFileSync(new URL(`${name}.sql`, cases), `${sql.trim().replace(/;$/, '')};\n`)
  process.stdout.write(`src/effects/statements/${name}.ts and test/truth/cases/${name}.sql written. Fill them in until this passes:
  npm run truth -- --only ${name}
  npm test -- test/effects
How: docs/adding-a-statement.md
`)
}

function refusalOf(name: string, sql: string): string | null {
  if (!/^[a-z]+(-[a-z]+)*$/.test(name) || sql.trim() === '') {
    return `usage: npm run new:statement <name> "<sql>"
  name: words in lower case with hyphens, such as security-label
  sql: one statement of the new kind, on tables of test/truth/setup.sql`
  }
  let kind: StatementKind
  try {
    kind = kindOf(sql)
  } catch (error) {
    return `the statement does not parse: ${error instanceof Error ? error.message : String(error)}`
  }
  if (kind in statementHandlers) return `${kind} has a handler already: grep -rl ${kind} src/effects/statements`
  if (existsSync(new URL(`${name}.ts`, statements))) return `src/effects/statements/${name}.ts exists already`
  return existsSync(new URL(`${name}.sql`, cases)) ? `test/truth/cases/${name}.sql exists already` : null
}

function kindOf(sql: string): StatementKind {
  return Object.keys(parseOne(sql))[0] as StatementKind
}

/** A kind that has a handler is no longer one that changes nothing. */
function takeFromList(kind: StatementKind): void {
  if (!changeNothing.has(kind)) return
  const file = new URL('change-nothing.ts', statements)
  writeFileSync(file, readFileSync(file, 'utf8').replace(`  '${kind}',\n`, ''))
}

function scaffold(name: string, kind: StatementKind): string {
  const handler = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  return `import type { ${kind} } from '@pgsql/types'
import { CannotBeJudged } from '../model/server-errors.ts'
import type { StatementContext } from '../model/statement-context.ts'
import type { StatementHandlers } from '../model/statement-handler.ts'

export const handlers: StatementHandlers = { ${kind}: ${handler} }

/** The locks it takes and the function of PostgreSQL's source that takes them. */
function ${handler}(_node: ${kind}, _context: StatementContext): void {
  throw new CannotBeJudged('${kind} is not modelled yet')
}
`
}
