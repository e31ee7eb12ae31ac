import { parseOne } from '../sql/parse.ts'
import { qualifiedName } from '../sql/walk.ts'
import type { Catalog } from './catalog.ts'
import type { Relation } from './relation.ts'

/** The bits of CREATE TRIGGER in pg_trigger.h. */
const timing = { before: 2, insert: 4 }

/** The columns that BEFORE INSERT triggers of the table may give a value, by the text of their functions. */
export function filledBeforeInsert(relation: Relation, catalog: Catalog): ReadonlySet<string> {
  return new Set(
    relation.triggers.flatMap(({ enabled, definition }) => {
      const called = enabled ? functionBeforeInsert(definition) : null
      return called ? catalog.functions(called.schema, called.name).flatMap(({ fills }) => fills) : []
    }),
  )
}

function functionBeforeInsert(definition: string): { schema: string | null; name: string } | null {
  if (!/\bbefore\b/i.test(definition)) return null
  try {
    const node = parseOne(definition)
    if (!('CreateTrigStmt' in node)) return null
    const { row, timing: when = 0, events = 0, funcname } = node.CreateTrigStmt
    return row && when & timing.before && events & timing.insert ? qualifiedName(funcname) : null
  } catch {
    return null
  }
}

/** The columns of NEW that a PL/pgSQL body assigns, anywhere in it: `NEW.a := …`, `SELECT … INTO NEW.a`. */
export function columnsFilledIn(body: string): string[] {
  const assigned = body.matchAll(
    /(?:^|;|\b(?:begin|then|else|loop|into))\s*(?:[^;]*?\binto\s+)?new\.("(?:[^"]|"")+"|\w+)\s*(?::?=(?!=)|\bfrom\b|;)/gi,
  )
  return [...new Set([...assigned].map(([, name = '']) => unquoted(name)))]
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase()
}
