import type { Node } from '@pgsql/types'
import { strings } from '../sql/walk.ts'
import { commandsOf } from './way-of.ts'

/**
 * Why statements between `nodes[at]` and what undoes it must stay in one transaction with it; null when they may not need
 * to. An object that is dropped and made again, or a trigger, rule or row security that is off for a while, would be missing
 * for every session once the first step is committed.
 */
export function missingMeanwhile(nodes: Node[], at: number): string | null {
  const before = nodes.slice(0, at)
  const later = nodes.slice(at + 1)
  for (const node of before) {
    if (
      'AlterTableStmt' in node &&
      commandsOf(node.AlterTableStmt).some(({ subtype = '' }) => switchedOff.has(subtype)) &&
      later.some((other) => 'AlterTableStmt' in other && relationOf(other) === relationOf(node))
    ) {
      return 'The same transaction switches triggers, rules or row security off around it: in steps, everyone’s writes would pass them by meanwhile.'
    }
    for (const name of droppedBy(node)) {
      if (later.some((other) => makes(other) === name)) {
        return `The same transaction drops \`${name}\` and makes it again: in steps it would be missing meanwhile. Write this statement in a change of its own.`
      }
    }
  }
  return null
}

const switchedOff = new Set([
  'AT_DisableTrig',
  'AT_DisableTrigAll',
  'AT_DisableTrigUser',
  'AT_DisableRule',
  'AT_DisableRowSecurity',
  'AT_NoForceRowSecurity',
])

function relationOf(node: Node): string | null {
  return 'AlterTableStmt' in node ? (node.AlterTableStmt.relation?.relname ?? null) : null
}

/** Names of views, functions, triggers, policies and rules, without their schema. */
function droppedBy(node: Node): string[] {
  if (!('DropStmt' in node) || node.DropStmt.removeType === 'OBJECT_INDEX') return []
  return (node.DropStmt.objects ?? []).flatMap((object) => {
    const items = 'List' in object ? object.List.items : 'ObjectWithArgs' in object ? object.ObjectWithArgs.objname : []
    return strings(items).slice(-1)
  })
}

function makes(node: Node): string | null {
  if ('ViewStmt' in node) return node.ViewStmt.view?.relname ?? null
  if ('CreateTableAsStmt' in node) return node.CreateTableAsStmt.into?.rel?.relname ?? null
  if ('CreateStmt' in node) return node.CreateStmt.relation?.relname ?? null
  if ('CreateFunctionStmt' in node) return strings(node.CreateFunctionStmt.funcname).at(-1) ?? null
  if ('CreateTrigStmt' in node) return node.CreateTrigStmt.trigname ?? null
  if ('CreatePolicyStmt' in node) return node.CreatePolicyStmt.policy_name ?? null
  if ('RuleStmt' in node) return node.RuleStmt.rulename ?? null
  return null
}
