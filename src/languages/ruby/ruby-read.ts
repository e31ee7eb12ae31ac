import type { CallCode, Code, FunctionCode, Param, Pattern, Place } from '../code/tree.ts'
import { blockParams, functionParams, patternOf } from './params.ts'

/** A node of Prism's tree; its fields differ by `constructor.name`. */
export interface RubyNode {
  location: RubyLocation
  [field: string]: unknown
}

interface RubyLocation {
  startOffset: number
  length: number
}

/** Turns Prism's tree into the common one. */
export function rubyCode(program: RubyNode, text: string, offsets: (byte: number) => number): Code[] {
  return new RubyReader(text, offsets).body(program.statements)
}

const operators = new Set(['==', '!=', '+', '-', '*', '/', '%', '<', '>', '<=', '>=', '=~', '&', '|', '**'])

/** Reads nodes of one file. */
class RubyReader {
  private readonly text: string
  private readonly offsets: (byte: number) => number

  constructor(text: string, offsets: (byte: number) => number) {
    this.text = text
    this.offsets = offsets
  }

  body(node: unknown): Code[] {
    if (!isNode(node)) return []
    if (kindOf(node) === 'StatementsNode') return nodes(node.body).map((statement) => this.code(statement))
    return [this.code(node)]
  }

  code(node: RubyNode): Code {
    const at = this.place(node.location)
    const given = (field: string): RubyNode | null => (isNode(node[field]) ? (node[field] as RubyNode) : null)
    const value = (field: string): Code => this.optional(node[field], at)
    const other = (words: string): Code => ({ ...at, kind: 'other', words })
    switch (kindOf(node)) {
      case 'CallNode':
        return this.call(node, at)
      case 'StringNode':
      case 'SymbolNode':
        return this.literal(node, at)
      case 'InterpolatedStringNode':
      case 'InterpolatedSymbolNode':
        return this.interpolated(node, at)
      case 'IntegerNode':
      case 'FloatNode':
        return { ...at, kind: 'number', text: this.text.slice(at.start, at.end).replaceAll('_', '') }
      case 'TrueNode':
        return { ...at, kind: 'constant', value: true }
      case 'FalseNode':
        return { ...at, kind: 'constant', value: false }
      case 'NilNode':
        return { ...at, kind: 'constant', value: null }
      case 'ArrayNode':
        return { ...at, kind: 'list', items: nodes(node.elements).map((item) => this.code(item)) }
      case 'SplatNode':
        return { ...at, kind: 'spread', value: value('expression') }
      case 'HashNode':
      case 'KeywordHashNode':
        return { ...at, kind: 'dict', entries: nodes(node.elements).map((item) => this.entry(item)) }
      case 'LocalVariableReadNode':
      case 'ConstantReadNode':
      case 'InstanceVariableReadNode':
      case 'ClassVariableReadNode':
      case 'GlobalVariableReadNode':
        return { ...at, kind: 'name', name: String(node.name) }
      case 'ItLocalVariableReadNode':
        return { ...at, kind: 'name', name: 'it' }
      case 'ConstantPathNode': {
        const parent = given('parent')
        if (!parent) return { ...at, kind: 'name', name: String(node.name) }
        return { ...at, kind: 'member', target: this.code(parent), name: String(node.name) }
      }
      case 'LocalVariableWriteNode':
      case 'InstanceVariableWriteNode':
      case 'ClassVariableWriteNode':
      case 'ConstantWriteNode':
        return { ...at, kind: 'assign', pattern: { kind: 'bind', name: String(node.name) }, value: value('value') }
      case 'LocalVariableOperatorWriteNode':
      case 'InstanceVariableOperatorWriteNode':
        return this.update(node, at, String(node.binaryOperator))
      case 'LocalVariableOrWriteNode':
      case 'InstanceVariableOrWriteNode':
        return { ...at, kind: 'assign', pattern: { kind: 'bind', name: String(node.name) }, value: value('value') }
      case 'MultiWriteNode':
        return {
          ...at,
          kind: 'assign',
          pattern: { kind: 'list', items: nodes(node.lefts).map(patternOf) },
          value: value('value'),
        }
      case 'ClassNode':
      case 'ModuleNode': {
        const path = given('constantPath')
        const superclass = given('superclass')
        return {
          ...at,
          kind: 'class',
          name: String(path?.name ?? ''),
          superclass: superclass ? this.code(superclass) : null,
          body: this.body(node.body),
        }
      }
      case 'DefNode':
        return this.method(node, at)
      case 'LambdaNode':
        return this.lambda(node, at)
      case 'ParenthesesNode':
        return this.grouped(node.body, at)
      case 'BeginNode':
        return this.guarded(node, at)
      case 'RescueModifierNode':
        return {
          ...at,
          kind: 'guarded',
          body: [value('expression')],
          handlers: [[value('rescueExpression')]],
          always: [],
        }
      case 'IfNode':
        return this.choice(node, at, node.subsequent)
      case 'UnlessNode': {
        const then = this.body(node.statements)
        return {
          ...at,
          kind: 'choice',
          condition: value('predicate'),
          whenTrue: this.elseBody(node.elseClause),
          otherwise: then,
        }
      }
      case 'CaseNode':
        return this.cases(node, at)
      case 'WhileNode':
      case 'UntilNode':
        return { ...at, kind: 'repeat', body: this.body(node.statements) }
      case 'ForNode': {
        const index = given('index')
        const pattern: Pattern = index ? patternOf(index) : { kind: 'ignored' }
        return {
          ...at,
          kind: 'loop',
          pattern,
          items: value('collection'),
          body: this.body(node.statements),
          collects: false,
        }
      }
      case 'ReturnNode': {
        const [first] = nodes(given('arguments_')?.arguments_)
        return { ...at, kind: 'return', value: first ? this.code(first) : null }
      }
      case 'BreakNode':
      case 'NextNode':
        return { ...at, kind: 'leave', how: 'loop' }
      case 'AndNode':
        return { ...at, kind: 'operation', operator: 'and', left: value('left'), right: value('right') }
      case 'OrNode':
        return { ...at, kind: 'operation', operator: 'or', left: value('left'), right: value('right') }
      case 'RangeNode':
        return { ...at, kind: 'operation', operator: '..', left: value('left'), right: value('right') }
      case 'YieldNode':
        return { ...at, kind: 'call', target: null, name: 'yield', ...this.args(node), block: null }
      case 'SuperNode':
        return { ...at, kind: 'call', target: null, name: 'super', ...this.args(node), block: null }
      case 'StatementsNode':
        return { ...at, kind: 'body', body: this.body(node) }
      case 'EmbeddedStatementsNode':
        return this.grouped(node.statements, at)
      case 'EmbeddedVariableNode':
        return value('variable')
      case 'ImplicitNode':
        return value('value')
      case 'AssocSplatNode':
        return { ...at, kind: 'spread', value: value('value') }
      case 'BlockArgumentNode':
        return value('expression')
      case 'SelfNode':
        return { ...at, kind: 'name', name: 'self' }
      case 'RegularExpressionNode':
        return other('a regular expression')
      default:
        return other('code that is not read')
    }
  }

  private place({ startOffset, length }: RubyLocation): Place {
    return { start: this.offsets(startOffset), end: this.offsets(startOffset + length) }
  }

  private optional(node: unknown, at: Place): Code {
    return isNode(node) ? this.code(node) : { ...at, kind: 'constant', value: null }
  }

  private grouped(body: unknown, at: Place): Code {
    const inner = this.body(body)
    const [only] = inner
    return inner.length === 1 && only ? only : { ...at, kind: 'body', body: inner }
  }

  private literal(node: RubyNode, at: Place): Code {
    const content = (node.contentLoc ?? node.valueLoc) as RubyLocation | null
    const text = (node.unescaped as { value: string }).value
    const inner = content ? this.place(content) : at
    const verbatim = this.text.slice(inner.start, inner.end) === text
    const symbol = kindOf(node) === 'SymbolNode'
    return { ...this.withClosing(node, at), kind: 'text', text, at: verbatim ? inner.start : null, symbol }
  }

  private interpolated(node: RubyNode, at: Place): Code {
    const parts = nodes(node.parts).map((part) => this.code(part))
    const place = this.withClosing(node, at)
    const symbol = kindOf(node) === 'InterpolatedSymbolNode'
    if (!parts.every((part) => part.kind === 'text')) return { ...place, kind: 'joined', parts }
    const text = parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
    return { ...place, kind: 'text', text, at: null, symbol }
  }

  /** A heredoc ends behind its last line, not at the name that opens it. */
  private withClosing(node: RubyNode, at: Place): Place {
    const closing = node.closingLoc as RubyLocation | null
    if (!closing) return at
    const { start, end } = this.place(closing)
    const trimmed = start + this.text.slice(start, end).trimEnd().length
    return { start: at.start, end: Math.max(at.end, trimmed) }
  }

  private entry(node: RubyNode): { key: Code; value: Code } {
    const at = this.place(node.location)
    const value = this.optional(node.value, at)
    if (kindOf(node) === 'AssocSplatNode') return { key: { ...at, kind: 'spread', value }, value }
    return { key: this.optional(node.key, at), value }
  }

  private call(node: RubyNode, at: Place): Code {
    const name = String(node.name)
    const receiver = isNode(node.receiver) ? node.receiver : null
    const { args, named } = this.args(node)
    const [first] = args
    if (name === '!' && receiver) return { ...at, kind: 'not', value: this.code(receiver) }
    if (name === '-@' && receiver) {
      return { ...at, kind: 'number', text: this.text.slice(at.start, at.end) }
    }
    if (receiver && first && operators.has(name) && args.length === 1) {
      return { ...at, kind: 'operation', operator: name, left: this.code(receiver), right: first }
    }
    if (name === '[]' && receiver && first) return { ...at, kind: 'index', target: this.code(receiver), key: first }
    if (!receiver && (name === 'raise' || name === 'fail')) return { ...at, kind: 'leave', how: 'raise' }
    const own = receiver && kindOf(receiver) !== 'SelfNode' && !isOwnClass(receiver)
    const target = own ? this.code(receiver) : null
    const block = this.block(node.block)
    const ends = [...args, ...named.map(({ value }) => value), ...(target ? [target] : [])].map(({ end }) => end)
    return { ...at, end: Math.max(at.end, ...ends), kind: 'call', target, name, args, named, block }
  }

  private args(node: RubyNode): Pick<CallCode, 'args' | 'named'> {
    const given = isNode(node.arguments_) ? nodes(node.arguments_.arguments_) : []
    const keywords = given.find((argument) => kindOf(argument) === 'KeywordHashNode')
    return {
      args: given.filter((argument) => argument !== keywords).map((argument) => this.code(argument)),
      named: keywords ? nodes(keywords.elements).map((element) => this.option(element)) : [],
    }
  }

  private option(node: RubyNode): { name: string | null; value: Code } {
    const { key, value } = this.entry(node)
    if (key.kind === 'text') return { name: key.text, value }
    if (key.kind === 'spread') return { name: null, value }
    return { name: null, value: { start: key.start, end: value.end, kind: 'dict', entries: [{ key, value }] } }
  }

  private block(node: unknown): FunctionCode | null {
    if (!isNode(node)) return null
    if (kindOf(node) === 'BlockNode') return this.lambda(node, this.place(node.location))
    const passed = isNode(node.expression) ? node.expression : null
    const at = this.place(node.location)
    // `&:name` and `&name`
    const it: Code = { ...at, kind: 'name', name: 'it' }
    const code = passed ? this.code(passed) : null
    const body: Code =
      code?.kind === 'text'
        ? { ...at, kind: 'call', target: it, name: code.text, args: [], named: [], block: null }
        : { ...at, kind: 'call', target: code ?? it, name: 'call', args: [it], named: [], block: null }
    return { ...at, kind: 'function', name: '', params: itParams(), body: [body], method: false }
  }

  private lambda(node: RubyNode, at: Place): FunctionCode {
    const params = blockParams(node.parameters, this)
    return { ...at, kind: 'function', name: '', params, body: this.body(node.body), method: false }
  }

  private method(node: RubyNode, at: Place): FunctionCode {
    const params = functionParams(node.parameters, this)
    return { ...at, kind: 'function', name: String(node.name), params, body: this.body(node.body), method: false }
  }

  private update(node: RubyNode, at: Place, operator: string): Code {
    const name = String(node.name)
    const left: Code = { ...at, kind: 'name', name }
    const value: Code = { ...at, kind: 'operation', operator, left, right: this.optional(node.value, at) }
    return { ...at, kind: 'assign', pattern: { kind: 'bind', name }, value }
  }

  private guarded(node: RubyNode, at: Place): Code {
    const handlers: Code[][] = []
    for (let clause = node.rescueClause; isNode(clause); clause = clause.subsequent)
      handlers.push(this.body(clause.statements))
    const always = isNode(node.ensureClause) ? this.body(node.ensureClause.statements) : []
    const body = [...this.body(node.statements), ...this.elseBody(node.elseClause)]
    if (handlers.length === 0 && always.length === 0) return { ...at, kind: 'body', body }
    return { ...at, kind: 'guarded', body, handlers, always }
  }

  private choice(node: RubyNode, at: Place, subsequent: unknown): Code {
    const condition = this.optional(node.predicate, at)
    const then = this.body(node.statements)
    const next = isNode(subsequent) ? subsequent : null
    const otherwise = next && kindOf(next) === 'IfNode' ? [this.code(next)] : this.elseBody(next)
    return { ...at, kind: 'choice', condition, whenTrue: then, otherwise }
  }

  private elseBody(node: unknown): Code[] {
    return isNode(node) ? this.body(node.statements) : []
  }

  private cases(node: RubyNode, at: Place): Code {
    const subject = isNode(node.predicate) ? this.code(node.predicate) : null
    let otherwise = this.elseBody(node.elseClause)
    for (const when of nodes(node.conditions).reverse()) {
      const tests = nodes(when.conditions).map((test) => this.code(test))
      const condition = tests
        .map(
          (test): Code => (subject ? { ...at, kind: 'operation', operator: '==', left: subject, right: test } : test),
        )
        .reduce((left, right): Code => ({ ...at, kind: 'operation', operator: 'or', left, right }))
      otherwise = [{ ...at, kind: 'choice', condition, whenTrue: this.body(when.statements), otherwise }]
    }
    return { ...at, kind: 'body', body: otherwise }
  }
}

/** The class of a node, which is its kind. */
export function kindOf(node: RubyNode): string {
  return node.constructor.name
}

export function isNode(value: unknown): value is RubyNode {
  return typeof value === 'object' && value !== null && 'location' in value
}

export function nodes(value: unknown): RubyNode[] {
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** `self.class.name` is a call of the class itself. */
function isOwnClass(receiver: RubyNode): boolean {
  const inner = receiver.receiver
  return kindOf(receiver) === 'CallNode' && receiver.name === 'class' && isNode(inner) && kindOf(inner) === 'SelfNode'
}

function itParams(): Param[] {
  return [{ pattern: { kind: 'bind', name: 'it' }, fallback: null, rest: 'none' }]
}
