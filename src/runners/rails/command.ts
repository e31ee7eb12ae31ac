import type { Place } from '../../languages/code/tree.ts'
import type { FunctionValue, Scope, Value } from '../../languages/code/values.ts'
import { Options } from './rails-options.ts'

/** One call that changes the schema, recorded before it is sent so that `change` can be run backwards. */
export interface Command extends Place {
  name: string
  args: Value[]
  options: Options
  block: FunctionValue | null
  scope: Scope
  uncertain: boolean
}

/** The last argument may be a hash in braces that holds the options. */
export function commandOf(
  call: Place & { name: string; args: Value[]; named: Map<string, Value>; block: FunctionValue | null; scope: Scope },
  uncertain: boolean,
): Command {
  const last = call.args.at(-1)
  const inBraces = call.named.size === 0 && last?.kind === 'dict' && call.args.length > 1
  return {
    name: call.name,
    args: inBraces ? call.args.slice(0, -1) : call.args,
    options: new Options(inBraces ? last.entries : call.named),
    block: call.block,
    scope: call.scope,
    uncertain,
    start: call.start,
    end: call.end,
  }
}
