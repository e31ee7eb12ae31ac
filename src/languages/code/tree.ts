/** UTF-16 offsets in the file's text. */
export interface Place {
  start: number
  end: number
}

/**
 * A program as the evaluator reads it: the same small tree for Ruby, Python and Elixir. A construct that no migration
 * needs is `other`, which evaluates to an unknown value.
 */
export type Code = Place & CodeKind

type CodeKind =
  /** `at`: offset where the file holds the text verbatim, else null. `symbol`: a name such as Ruby's and Elixir's `:x`. */
  | { kind: 'text'; text: string; at: number | null; symbol: boolean }
  | { kind: 'number'; text: string }
  | { kind: 'constant'; value: boolean | null }
  /** An interpolated string or adjacent literals. */
  | { kind: 'joined'; parts: Code[] }
  | { kind: 'list'; items: Code[] }
  | { kind: 'dict'; entries: { key: Code; value: Code }[] }
  /** `*x` in a list or a call, `**x` in a dict or a call. */
  | { kind: 'spread'; value: Code }
  | { kind: 'name'; name: string }
  | { kind: 'member'; target: Code; name: string }
  | { kind: 'index'; target: Code; key: Code }
  | CallCode
  | { kind: 'operation'; operator: string; left: Code; right: Code }
  | { kind: 'not'; value: Code }
  | { kind: 'choice'; condition: Code; whenTrue: Code[]; otherwise: Code[] }
  | { kind: 'loop'; pattern: Pattern; items: Code; body: Code[]; collects: boolean; joins?: true }
  | { kind: 'repeat'; body: Code[] }
  | { kind: 'assign'; pattern: Pattern; value: Code }
  | FunctionCode
  | { kind: 'class'; name: string; superclass: Code | null; body: Code[] }
  | { kind: 'import'; names: { local: string; path: string }[] }
  | { kind: 'return'; value: Code | null }
  /** `raise` ends the migration with an error; `loop` is `break` or `next`. */
  | { kind: 'leave'; how: 'raise' | 'loop' }
  | { kind: 'body'; body: Code[] }
  /** Python's `with value as pattern`. */
  | { kind: 'within'; value: Code; pattern: Pattern | null; body: Code[] }
  /** try and rescue: a handler runs only when the body raises. */
  | { kind: 'guarded'; body: Code[]; handlers: Code[][]; always: Code[] }
  | { kind: 'other'; words: string }

export type CallCode = Place & {
  kind: 'call'
  /** The receiver; null for a call by bare name. */
  target: Code | null
  name: string
  args: Code[]
  named: { name: string | null; value: Code }[]
  block: FunctionCode | null
}

export type FunctionCode = Place & {
  kind: 'function'
  /** Empty for a lambda or a block. */
  name: string
  params: Param[]
  body: Code[]
  /** A property of a class or module, called as a method. */
  method: boolean
}

export interface Param {
  pattern: Pattern
  fallback: Code | null
  rest: 'none' | 'list' | 'dict'
}

/** The left side of an assignment; `ignored` takes any value. */
export type Pattern =
  | { kind: 'bind'; name: string }
  | { kind: 'list'; items: Pattern[] }
  | { kind: 'exact'; value: Code }
  | { kind: 'ignored' }
