import type { Node } from '@pgsql/types'
import type { Catalog } from '../../catalog/catalog.ts'
import { greatest } from '../../catalog/sequences.ts'
import type { SequenceFacts } from '../../catalog/snapshot.ts'
import { printType, typeOf } from '../../catalog/types.ts'

/** The options of CREATE and ALTER SEQUENCE and of an identity column (init_params in sequence.c). */
export function withOptions(before: SequenceFacts, options: Node[], catalog: Catalog): SequenceFacts {
  const sequence = { ...before }
  let first: number | null = null
  for (const option of options) {
    if (!('DefElem' in option)) continue
    const { defname, arg } = option.DefElem
    const number = arg ? numberIn(arg) : null
    if (defname === 'as' && arg && 'TypeName' in arg) {
      const most = greatest[printType(typeOf(arg.TypeName, catalog))]
      // A limit that was given stays; one of the type before becomes that of the new type.
      if (most !== undefined && Object.values(greatest).includes(sequence.maximum)) sequence.maximum = most
    }
    if (defname === 'increment' && number !== null) sequence.increment = number
    if (defname === 'minvalue' && number !== null) sequence.minimum = number
    if (defname === 'maxvalue') sequence.maximum = number ?? 2 ** 63 - 1
    if (defname === 'cycle') sequence.cycles = arg === undefined || !('Boolean' in arg) || arg.Boolean.boolval === true
    if (defname === 'start' || defname === 'restart') first = number ?? sequence.minimum
  }
  return first === null ? sequence : { ...sequence, last: first - sequence.increment }
}

function numberIn(node: Node): number | null {
  if ('Integer' in node) return node.Integer.ival ?? 0
  return 'Float' in node ? Number(node.Float.fval) : null
}
