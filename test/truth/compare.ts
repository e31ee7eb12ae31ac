import { Catalog } from '../../src/catalog/catalog.ts'
import { relationName } from '../../src/catalog/relation.ts'
import type { CatalogSnapshot } from '../../src/catalog/snapshot.ts'
import { analyzeStatement, type StatementAnalysis } from '../../src/effects/analyze.ts'
import { atLeast, isReported } from '../../src/effects/model/lock-modes.ts'
import { parseOne, parseSql } from '../../src/sql/parse.ts'
import type { Observation } from './observe.ts'

/** What the model says of a statement on the schema that was read. */
export function judgeWith(sql: string, snapshot: CatalogSnapshot, timeZone: string): StatementAnalysis {
  const catalog = new Catalog({ snapshot, knowledge: 'read', serverVersion: snapshot.serverVersion })
  return analyzeStatement(parseOne(sql), catalog, { timeZone })
}

/** The same with the schema as other statements left it, which the model is told of and does not read. */
export function judgeAfter(
  before: string,
  sql: string,
  snapshot: CatalogSnapshot,
  timeZone: string,
): StatementAnalysis {
  const catalog = new Catalog({ snapshot, knowledge: 'read', serverVersion: snapshot.serverVersion })
  for (const { node } of parseSql(before).statements) if (node) analyzeStatement(node, catalog, { timeZone })
  catalog.commitAsExisting()
  return analyzeStatement(parseOne(sql), catalog, { timeZone })
}

/** Where the model and the server differ on one statement, each a sentence; empty when they agree. */
export function compare({ effects, fails, unknown, changes }: StatementAnalysis, seen: Observation): string[] {
  if (unknown) return [`the model cannot judge it: ${unknown.reason}`]
  // Only rows make these fail: a constraint that is broken, a value that does not fit.
  if (/^(23|22P02|22001|22003|22007|22008)/.test(seen.sqlstate ?? '')) return []
  const refuses = changes.some((change) => change.kind === 'refuses transaction') ? '25001' : null
  const expected = fails?.sqlstate ?? refuses
  if (expected !== seen.sqlstate) {
    return [
      `server: ${seen.sqlstate ?? 'succeeds'} ${seen.message ?? ''}; model: ${expected ?? 'succeeds'} ${fails?.message ?? ''}`,
    ]
  }
  if (fails)
    return fails.message === seen.message ? [] : [`server says "${seen.message}"; model says "${fails.message}"`]
  // Locks taken before a refusal are gone with it.
  if (refuses) return []
  const found: string[] = []
  const said = new Map(
    effects
      .filter((effect) => isReported(effect.relation) && atLeast(effect.lock, 'RowExclusiveLock'))
      .map((effect) => [relationName(effect.relation), effect]),
  )
  for (const name of new Set([...Object.keys(seen.relations), ...said.keys()])) {
    const effect = said.get(name)
    const was = seen.relations[name]
    if (effect?.when === 'depends' && !was) continue
    if (!effect || !was) {
      found.push(
        `${name}: server ${was ? JSON.stringify(was) : 'does not lock it'}; model ${effect ? `${effect.lock}` : 'does not name it'}`,
      )
      continue
    }
    // The planner reads these as it likes: rows written by a WHERE, and the other side of a foreign key.
    const planned = effect.lock === 'RowExclusiveLock' || effect.lookedUpBy !== undefined || effect.when === 'depends'
    const model = {
      lock: effect.lock,
      scan: planned ? was.scan : effect.scan,
      rewrite: effect.rewrite,
      builds: effect.builds.map((index) => index.name).sort(),
    }
    if (JSON.stringify(model) !== JSON.stringify(was))
      found.push(`${name}: server ${JSON.stringify(was)}; model ${JSON.stringify(model)}`)
  }
  return found
}
