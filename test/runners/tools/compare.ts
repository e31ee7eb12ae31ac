import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Node } from '@pgsql/types'
import { defaultPolicy } from '../../../src/policy/policy.ts'
import { readMigrations } from '../../../src/runners/read-migrations.ts'
import type { Migration, Project } from '../../../src/runners/runner.ts'
import { parseSql } from '../../../src/sql/parse.ts'
import type { Statement } from '../../../src/sql/statement.ts'
import type { Recorded } from './recorded.ts'

const home = fileURLToPath(new URL('./', import.meta.url))

/** The fixtures of a tool as a project, read by Lockcast. */
export function readFixtures(fixtures: string, runner: string, versions: Record<string, string> = {}): Migration[] {
  const root = join(home, 'fixtures', fixtures)
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  const manifest = (text: string): string =>
    Object.entries(versions).reduce(
      (all, [name, version]) => all.replace(new RegExp(`("${name}": )"[^"]*"`), `$1"${version}"`),
      text,
    )
  const project: Project = {
    paths: new Set(paths),
    text: (path) => {
      const text = readFileSync(join(root, path), 'utf8')
      return path === 'package.json' ? manifest(text) : text
    },
  }
  const files = paths
    .filter((path) => /^migrations\/[^/]+$/.test(path))
    .map((path) => ({ path, text: project.text(path), problem: null }))
  return readMigrations(files, project, { ...defaultPolicy, runner })
}

interface Comparison {
  /** Statements that the tool sent. */
  sent: number
  found: number
  /** Sent and not read, read and not sent (`?`: a branch decides it), unread calls; each a line. */
  differences: string[]
  invented: number
}

/** The statements of a file in one direction, against those that the tool sent. */
export function compare(migration: Migration | undefined, recorded: string[]): Comparison {
  const sent = recorded.flatMap((sql) => parseSql(sql).statements).filter((statement) => !isControl(statement))
  const read = (migration?.statements ?? []).filter((statement) => !isControl(statement))
  const left = [...read]
  const missing: Statement[] = []
  let found = 0
  let from = 0
  for (const statement of sent) {
    const key = keyOf(statement)
    const at = left.findIndex((item, i) => i >= from && (keyOf(item) === key || fits(item, statement)))
    if (at < 0) {
      missing.push(statement)
      continue
    }
    found++
    left.splice(at, 1)
    from = at
  }
  const invented = left.filter(({ kind, when }) => kind !== 'unread' && when === 'always')
  return {
    sent: sent.length,
    found,
    invented: invented.length,
    differences: [
      ...missing.map(({ source }) => `- ${source}`),
      ...left
        .filter(({ when, kind }) => when === 'always' || kind === 'unread')
        .map((statement) => `+ ${statement.sql ?? `unread ${statement.source}: ${statement.unread}`}`),
    ],
  }
}

/** A statement with `$1` for what is known only when the code runs. */
function fits({ sql }: Statement, sent: Statement): boolean {
  if (!sql?.includes('$1')) return false
  const pattern = sql.split(/\$\d+/).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replace(/\s+/g, '\\s+'))
  return new RegExp(`^${pattern.join('.*?')}$`, 's').test(sent.source)
}

/** BEGIN and its like, which the migration's wrapping stands for. */
function isControl({ node }: Statement): boolean {
  return node !== null && 'TransactionStmt' in node
}

/** The tree of a statement without places; its text where it does not parse. */
function keyOf({ node, sql, source }: Statement): string {
  return node ? treeText(node) : (sql ?? source).replace(/\s+/g, ' ')
}

function treeText(node: Node): string {
  return JSON.stringify(node, (key, value) =>
    /^(?:location|stmt_location|stmt_len|list_start|list_end|rexpr_list_start|rexpr_list_end)$/.test(key)
      ? undefined
      : value,
  )
}

/** What was recorded of a tool. */
export function recordedOf(name: string): Recorded {
  return JSON.parse(readFileSync(join(home, 'recorded', `${name}.json`), 'utf8')) as Recorded
}
