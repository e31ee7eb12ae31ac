import type { FuncCall, Node, RangeVar } from '@pgsql/types'
import { qualifiedName } from '../../sql/walk.ts'
import type { StatementContext } from '../model/statement-context.ts'
import { requireUnread } from './unread-names.ts'

/** nextval('x'), setval('x', 1) and currval('x'): the text names a sequence. */
export function requireSequence(context: StatementContext, node: FuncCall): void {
  const sequence = sequenceNamedIn(node)
  if (sequence && !context.find(sequence)) requireUnread(context, sequence)
}

/** The sequence that a call names by a constant; null when it names none. */
export function sequenceNamedIn(node: FuncCall): RangeVar | null {
  const { name } = qualifiedName(node.funcname)
  return ['nextval', 'setval', 'currval'].includes(name) ? sequenceIn(node.args?.[0]) : null
}

/** The relation that a text constant means as a regclass; null for any other expression. */
function sequenceIn(node: Node | undefined): RangeVar | null {
  if (!node) return null
  if ('TypeCast' in node) return sequenceIn(node.TypeCast.arg)
  const text = 'A_Const' in node ? node.A_Const.sval?.sval : undefined
  const parts = text?.match(/"(?:[^"]|"")+"|[^.]+/g)
  if (!parts || parts.length > 2) return null
  const [relname = '', schemaname] = parts
    .map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase()))
    .reverse()
  return { relname, ...(schemaname === undefined ? {} : { schemaname }) }
}
