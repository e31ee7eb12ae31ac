import type { DropStmt, Node } from '@pgsql/types'
import { calmFunctions, volatileFunctions } from '../catalog/builtins.ts'
import { type Relation, relationName } from '../catalog/catalog.ts'
import { printType, typeOf } from '../catalog/types.ts'
import { parseOne } from '../sql/parse.ts'
import { qualifiedName } from '../sql/walk.ts'
import { anyExtension } from './extensions.ts'
import { type Judging, StatementFails } from './judging.ts'
import { requireSchema } from './requirements.ts'

/** Fails when no function of this name stands: the function of a trigger takes no arguments that could decide. */
export function requireFunction(judging: Judging, names: Node[] | undefined): void {
  const { schema, name } = qualifiedName(names)
  if (stands(judging, schema, name)) return
  const shown = schema === null ? name : `${schema}.${name}`
  throw new StatementFails('42883', `function ${shown}() does not exist`, { kind: 'function', name: shown })
}

/** DROP FUNCTION: triggers and defaults that call it stand in the way, or go by CASCADE, which locks their tables. */
export function dropWhatCalls(node: DropStmt, judging: Judging): void {
  const { catalog } = judging
  for (const object of node.objects ?? []) {
    if (!('ObjectWithArgs' in object)) continue
    const { objname, objargs, args_unspecified } = object.ObjectWithArgs
    const { schema, name } = qualifiedName(objname)
    const types = (objargs ?? []).flatMap((one) =>
      'TypeName' in one ? [printType(typeOf(one.TypeName, catalog))] : [],
    )
    const shown = `${schema === null ? '' : `${schema}.`}${name}`
    if (schema !== null && !node.missing_ok) requireSchema(judging, schema)
    if (!stands(judging, schema, name)) {
      if (node.missing_ok) continue
      throw new StatementFails(
        '42883',
        args_unspecified
          ? `could not find a function named "${shown}"`
          : `function ${shown}(${types.join(', ')}) does not exist`,
        { kind: 'function', name: shown },
      )
    }
    const overloads = catalog.functions(schema, name)
    const home = overloads[0]?.schema ?? schema ?? catalog.creationSchema
    for (const relation of [...catalog.all()]) {
      const dependent =
        (args_unspecified || types.length === 0) &&
        relation.triggers.filter((one) => calls(judging, one.definition, home, name))
      if (!dependent || dependent.length === 0) continue
      if (node.behavior !== 'DROP_CASCADE') {
        const visible = catalog.searchPath.includes(home) ? name : `${home}.${name}`
        throw new StatementFails('2BP01', `cannot drop function ${visible}() because other objects depend on it`, {
          kind: 'dependent',
          name: relationName(relation),
        })
      }
      dropTriggers(judging, relation, dependent, `its trigger calls ${name}()`)
    }
    if (overloads.length === 1) catalog.setBodies(home, name, [])
  }
}

/** Triggers go with ACCESS EXCLUSIVE on their table, and on its partitions, which have copies. */
function dropTriggers(judging: Judging, relation: Relation, gone: Relation['triggers'], through: string): void {
  const { catalog } = judging
  const names = gone.map((one) => one.name)
  for (const member of relation.kind === 'partitioned table' ? catalog.family(relation) : [relation]) {
    judging.touch(member, 'AccessExclusiveLock', { through })
    catalog.change(member, { triggers: member.triggers.filter((one) => !names.includes(one.name)) })
  }
}

function calls(judging: Judging, definition: string, home: string, name: string): boolean {
  // Nearly every definition is spared the parser by this.
  if (!definition.includes(name)) return false
  try {
    const node = parseOne(definition)
    const called = 'CreateTrigStmt' in node ? qualifiedName(node.CreateTrigStmt.funcname) : null
    if (called?.name !== name) return false
    const own = called.schema ?? judging.catalog.functions(null, name)[0]?.schema
    return own === undefined || own === home
  } catch {
    return false
  }
}

function stands({ catalog }: Judging, schema: string | null, name: string): boolean {
  if (catalog.mayHoldMore || catalog.extensions.has(anyExtension)) return true
  if (schema?.startsWith('pg_') || schema === 'information_schema') return true
  if (
    /^(suppress_redundant_updates_trigger|tsvector_update_trigger(_column)?|unique_key_recheck|RI_FKey_.*)$/.test(name)
  )
    return true
  if (schema === null && (calmFunctions.has(name) || volatileFunctions.has(name))) return true
  // An extension's functions are not read.
  const extended = [...catalog.extensions.keys()].some((one) => one !== 'plpgsql')
  return extended || catalog.functions(schema, name).length > 0
}
