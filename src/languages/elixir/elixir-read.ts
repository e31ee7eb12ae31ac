import type { SyntaxNode } from '../code/syntax.ts'
import type { CallCode, Code, FunctionCode, Param, Pattern, Place } from '../code/tree.ts'
import { elixirSigil, elixirString } from './literals.ts'

/** Turns the tree of an Elixir file into the common one. */
export function elixirCode(top: SyntaxNode, text: string): Code[] {
  return new ElixirReader(text).block(top)
}

const branches = /^(do|end|else|rescue|catch|after|ElseBlock|RescueBlock|CatchBlock|AfterBlock)$/
const brackets = new Set(['(', ')', '[', ']', '{', '}', '#{', ','])

class ElixirReader {
  private readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** The expressions in a `do` block, a branch or the whole file. */
  block(node: SyntaxNode | null): Code[] {
    if (!node) return []
    return significant(node)
      .filter(({ name }) => !branches.test(name))
      .map((part) => this.code(part))
  }

  private code(node: SyntaxNode | null | undefined): Code {
    if (!node) return { start: 0, end: 0, kind: 'other', words: 'code that is not read' }
    const at = placeOf(node)
    const parts = significant(node)
    const slice = this.slice(node)
    switch (node.name) {
      case 'KernelCall':
      case 'FunctionDefinitionCall':
      case 'Call':
        return this.call(node, at)
      case 'Identifier':
        return { ...at, kind: 'call', target: null, name: slice, args: [], named: [], block: null }
      case 'Alias':
        return { ...at, kind: 'name', name: slice }
      case 'Atom':
        return { ...at, kind: 'text', text: unquoted(slice.replace(/^:/, '')), at: null, symbol: true }
      case 'QuotedAtom':
        return { ...at, kind: 'text', text: unquoted(slice.replace(/^:/, '')), at: null, symbol: true }
      case 'Integer':
      case 'Float':
        return { ...at, kind: 'number', text: slice.replaceAll('_', '') }
      case 'Boolean':
        return { ...at, kind: 'constant', value: slice === 'true' }
      case 'Nil':
        return { ...at, kind: 'constant', value: null }
      case 'String':
      case 'Charlist':
        return elixirString(node, this.text, true, (part) => this.code(part))
      case 'StringSigil':
      case 'Sigil':
        return elixirSigil(node, this.text, (part) => this.code(part))
      case 'List':
      case 'Tuple':
        return this.list(parts, at)
      case 'Map':
        return { ...at, kind: 'dict', entries: this.entries(node) }
      case 'Keywords':
        return { ...at, kind: 'dict', entries: this.keywordEntries(node) }
      case 'AtOperator':
        return this.attribute(parts[1], at)
      case 'UnaryOperator':
        return this.unary(parts, at)
      case 'BinaryOperator':
        return this.binary(parts, at)
      case 'PipeOperator':
        return this.pipe(parts, at)
      case 'AnonymousFunction':
        return this.anonymous(node, at)
      case 'CaptureOperator':
        return this.capture(
          parts.find(({ name }, i) => i > 0 && name !== '('),
          at,
        )
      case 'CaptureOperand':
        return { ...at, kind: 'name', name: `&${slice.replace('&', '')}` }
      case 'Block':
      case 'Parenthesis':
      case 'Body':
      case 'Interpolation':
      case 'Right':
        return this.grouped(parts, at)
      case 'AccessCall': {
        const key = parts.find((part, i) => i > 0 && !brackets.has(part.name))
        return { ...at, kind: 'index', target: this.code(parts[0]), key: this.code(key) }
      }
      default:
        return { ...at, kind: 'other', words: 'code that is not read' }
    }
  }

  private slice(node: SyntaxNode): string {
    return this.text.slice(node.from, node.to)
  }

  private grouped(parts: SyntaxNode[], at: Place): Code {
    const inner = parts.filter(({ name }) => !brackets.has(name)).map((part) => this.code(part))
    const [only] = inner
    return inner.length === 1 && only ? only : { ...at, kind: 'body', body: inner }
  }

  private unary([operator, value]: SyntaxNode[], at: Place): Code {
    const sign = operator ? this.slice(operator) : ''
    if (sign === 'not' || sign === '!') return { ...at, kind: 'not', value: this.code(value) }
    if (value?.name === 'Integer') return { ...at, kind: 'number', text: this.text.slice(at.start, at.end) }
    return { ...at, kind: 'other', words: 'an operator that is not read' }
  }

  private call(node: SyntaxNode, at: Place): Code {
    const callee = node.firstChild
    const list = node.getChild('Arguments')
    const doBlock = node.getChild('DoBlock')
    if (!callee) return { ...at, kind: 'other', words: 'code that is not read' }
    if (callee.name === 'Dot') return this.remote(callee, list, doBlock, at)
    const name = this.slice(callee)
    const parts = list ? given(list) : []
    const special = this.special(name, parts, doBlock, at)
    if (special) return special
    const { args, named } = this.args(parts)
    return { ...at, kind: 'call', target: null, name, args, ...this.blockOf(named, doBlock, at) }
  }

  /** Calls of Elixir that are statements in other languages. */
  private special(name: string, parts: SyntaxNode[], doBlock: SyntaxNode | null, at: Place): Code | null {
    const inline = (word: string): Code[] => {
      const value = this.keyword(parts, word)
      return value ? [this.code(value)] : []
    }
    const main = (): Code[] => (doBlock ? this.block(doBlock) : inline('do'))
    const other = (): Code[] => (doBlock ? this.block(doBlock.getChild('ElseBlock')) : inline('else'))
    const [first] = parts
    switch (name) {
      case 'defmodule':
        return { ...at, kind: 'class', name: first ? this.slice(first) : '', superclass: null, body: main() }
      case 'def':
      case 'defp':
        return this.definition(first, main(), at)
      case 'if':
        return { ...at, kind: 'choice', condition: this.code(first), whenTrue: main(), otherwise: other() }
      case 'unless':
        return { ...at, kind: 'choice', condition: this.code(first), whenTrue: other(), otherwise: main() }
      case 'for':
        return this.comprehension(parts, main(), at)
      case 'case':
        return this.cases(first, doBlock, at)
      case 'cond':
        return this.conditions(doBlock, at)
      case 'try': {
        const always = this.block(doBlock?.getChild('AfterBlock') ?? null)
        return { ...at, kind: 'guarded', body: main(), handlers: [], always }
      }
      case 'raise':
        return { ...at, kind: 'leave', how: 'raise' }
      case 'alias':
      case 'import':
      case 'require':
      case 'use':
        return { ...at, kind: 'import', names: imported(name, this.text.slice(at.start, at.end)) }
      default:
        return null
    }
  }

  private remote(dot: SyntaxNode, list: SyntaxNode | null, doBlock: SyntaxNode | null, at: Place): Code {
    const right = dot.getChild('Right')
    const target = this.code(dot.firstChild)
    const { args, named } = this.args(list ? given(list) : [])
    const name = right ? this.slice(right) : 'call'
    return { ...at, kind: 'call', target, name, args, ...this.blockOf(named, doBlock, at) }
  }

  /** A `do` block, or `do:` among the options, as the call's block. */
  private blockOf(named: CallCode['named'], doBlock: SyntaxNode | null, at: Place): Pick<CallCode, 'named' | 'block'> {
    const inline = named.find(({ name }) => name === 'do')
    const body = doBlock ? this.block(doBlock) : inline ? [inline.value] : null
    const block: FunctionCode | null = body && { ...at, kind: 'function', name: '', params: [], body, method: false }
    return { named: named.filter((option) => option !== inline), block }
  }

  private args(parts: SyntaxNode[]): Pick<CallCode, 'args' | 'named'> {
    const keywords = parts.find(({ name }) => name === 'Keywords')
    const args = parts.filter((part) => part !== keywords).map((part) => this.code(part))
    const entries = keywords ? this.keywordEntries(keywords) : []
    return { args, named: entries.map(({ key, value }) => ({ name: key.kind === 'text' ? key.text : null, value })) }
  }

  /** The value of an inline keyword such as `do:`. */
  private keyword(parts: SyntaxNode[], word: string): SyntaxNode | null {
    const pairs = parts.find(({ name }) => name === 'Keywords')?.getChildren('Pair') ?? []
    const pair = pairs.find(({ firstChild }) => firstChild && this.slice(firstChild) === `${word}:`)
    return pair ? (significant(pair)[1] ?? null) : null
  }

  private keywordEntries(node: SyntaxNode): { key: Code; value: Code }[] {
    return node.getChildren('Pair').map((pair) => {
      const [key, value] = significant(pair)
      const words = key ? unquoted(this.slice(key).replace(/:$/, '')) : ''
      return {
        key: { ...placeOf(key ?? pair), kind: 'text', text: words, at: null, symbol: true },
        value: this.code(value),
      }
    })
  }

  private entries(map: SyntaxNode): { key: Code; value: Code }[] {
    const content = map.getChild('MapContent')
    if (!content) return []
    return significant(content).flatMap((part) => {
      if (part.name === 'Keywords') return this.keywordEntries(part)
      const [key, operator, value] = significant(part)
      return operator && this.slice(operator) === '=>' ? [{ key: this.code(key), value: this.code(value) }] : []
    })
  }

  private list(parts: SyntaxNode[], at: Place): Code {
    const items = parts.filter(({ name }) => !brackets.has(name))
    const keywords = items.find(({ name }) => name === 'Keywords')
    if (keywords && items.length === 1) return { ...at, kind: 'dict', entries: this.keywordEntries(keywords) }
    return { ...at, kind: 'list', items: items.map((part) => this.code(part)) }
  }

  /** `@name value` sets a module attribute, `@name` reads it. */
  private attribute(node: SyntaxNode | undefined, at: Place): Code {
    if (!node) return { ...at, kind: 'other', words: 'code that is not read' }
    const callee = node.name === 'Identifier' ? node : node.firstChild
    const list = node.getChild('Arguments')
    const name = `@${callee ? this.slice(callee) : ''}`
    if (node.name === 'Identifier' || !list) return { ...at, kind: 'name', name }
    const [first] = given(list)
    return { ...at, kind: 'assign', pattern: { kind: 'bind', name }, value: this.code(first) }
  }

  private binary([left, operator, right]: SyntaxNode[], at: Place): Code {
    const sign = operator ? this.slice(operator) : ''
    if (sign === '=') return { ...at, kind: 'assign', pattern: this.pattern(left), value: this.code(right) }
    const same: Record<string, string> = { '&&': 'and', '||': 'or', '===': '==', '!==': '!=', '++': '+', '<>': '+' }
    return { ...at, kind: 'operation', operator: same[sign] ?? sign, left: this.code(left), right: this.code(right) }
  }

  /** `a |> f(b)` is `f(a, b)`. */
  private pipe(parts: SyntaxNode[], at: Place): Code {
    const value = this.code(parts[0])
    const call = this.code(parts.at(-1))
    if (call.kind !== 'call') return { ...at, kind: 'other', words: 'code that is not read' }
    return { ...call, ...at, args: [value, ...call.args] }
  }

  private anonymous(node: SyntaxNode, at: Place): FunctionCode {
    const clauses = node.getChildren('StabClause')
    const list = clauses.length === 1 ? clauses[0]?.getChild('Arguments') : null
    const params = list ? given(list).map((part) => this.param(part)) : []
    const bodies = clauses.map((clause) => this.body(clause))
    const [only = []] = bodies
    const body: Code[] = bodies.length > 1 ? bodies.map((branch) => ({ ...at, kind: 'repeat', body: branch })) : only
    return { ...at, kind: 'function', name: '', params, body, method: false }
  }

  private capture(node: SyntaxNode | undefined, at: Place): Code {
    const bind = (name: string): Param => ({ pattern: { kind: 'bind', name }, fallback: null, rest: 'none' })
    const arity = /^([\w.!?]+)\/(\d)$/.exec(node ? this.slice(node) : '')
    const names = Array.from({ length: arity ? Number(arity[2]) : 3 }, (_, i) => `&${i + 1}`)
    const args = names.map((name): Code => ({ ...at, kind: 'name', name }))
    const body: Code = arity
      ? { ...at, kind: 'call', ...calleeOf(arity[1] ?? '', at), args, named: [], block: null }
      : this.code(node)
    return { ...at, kind: 'function', name: '', params: names.map(bind), body: [body], method: false }
  }

  private definition(head: SyntaxNode | undefined, body: Code[], at: Place): Code {
    const call = head?.name === 'WhenOperator' ? head.firstChild : head
    const list = call?.getChild('Arguments')
    const name = call?.name === 'Identifier' ? call : call?.firstChild
    const params = list ? given(list).map((part) => this.param(part)) : []
    return { ...at, kind: 'function', name: name ? this.slice(name) : '', params, body, method: true }
  }

  private param(node: SyntaxNode): Param {
    const [left, operator, right] = significant(node)
    const defaulted = node.name === 'BinaryOperator' && operator !== undefined && this.slice(operator) === '\\\\'
    return {
      pattern: this.pattern(defaulted ? left : node),
      fallback: defaulted ? this.code(right) : null,
      rest: 'none',
    }
  }

  private pattern(node: SyntaxNode | null | undefined): Pattern {
    if (!node) return { kind: 'ignored' }
    if (node.name === 'Identifier') return { kind: 'bind', name: this.slice(node) }
    if (node.name === 'WhenOperator') return this.pattern(node.firstChild)
    if (/^(Atom|Integer|Boolean|Nil|String)$/.test(node.name)) return { kind: 'exact', value: this.code(node) }
    if (node.name !== 'Tuple' && node.name !== 'List') return { kind: 'ignored' }
    const parts = significant(node).filter(({ name }) => !brackets.has(name))
    if (parts.some(({ name }) => name === 'Keywords' || name === 'BinaryOperator')) return { kind: 'ignored' }
    return { kind: 'list', items: parts.map((part) => this.pattern(part)) }
  }

  private comprehension(parts: SyntaxNode[], body: Code[], at: Place): Code {
    let inner = body
    for (const part of parts.filter(({ name }) => name !== 'Keywords').reverse()) {
      const [left, operator, right] = significant(part)
      const generates = part.name === 'BinaryOperator' && operator !== undefined && this.slice(operator) === '<-'
      inner = generates
        ? [{ ...at, kind: 'loop', pattern: this.pattern(left), items: this.code(right), body: inner, collects: true }]
        : [{ ...at, kind: 'choice', condition: this.code(part), whenTrue: inner, otherwise: [] }]
    }
    return { ...at, kind: 'body', body: inner }
  }

  private cases(subject: SyntaxNode | undefined, doBlock: SyntaxNode | null, at: Place): Code {
    const value = this.code(subject)
    let otherwise: Code[] = []
    for (const clause of (doBlock?.getChildren('StabClause') ?? []).reverse()) {
      const list = clause.getChild('Arguments')
      const pattern = this.pattern(list ? given(list)[0] : null)
      const body = this.body(clause)
      if (pattern.kind === 'bind') otherwise = [{ ...at, kind: 'assign', pattern, value }, ...body]
      else {
        const condition: Code =
          pattern.kind === 'exact'
            ? { ...at, kind: 'operation', operator: '==', left: value, right: pattern.value }
            : { ...at, kind: 'other', words: 'depends on a condition' }
        otherwise = [{ ...at, kind: 'choice', condition, whenTrue: body, otherwise }]
      }
    }
    return { ...at, kind: 'body', body: otherwise }
  }

  private conditions(doBlock: SyntaxNode | null, at: Place): Code {
    let otherwise: Code[] = []
    for (const clause of (doBlock?.getChildren('StabClause') ?? []).reverse()) {
      const list = clause.getChild('Arguments')
      const condition = this.code(list ? given(list)[0] : undefined)
      otherwise = [{ ...at, kind: 'choice', condition, whenTrue: this.body(clause), otherwise }]
    }
    return { ...at, kind: 'body', body: otherwise }
  }

  private body(clause: SyntaxNode): Code[] {
    const body = clause.getChild('Body')
    return body ? significant(body).map((part) => this.code(part)) : []
  }
}

/** The arguments of a call without their parentheses. */
function given(list: SyntaxNode): SyntaxNode[] {
  return significant(list).filter(({ name }) => !brackets.has(name))
}

function unquoted(text: string): string {
  return text.replace(/^"([\s\S]*)"$/, '$1')
}

function significant(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== 'Comment' && child.name !== ',') found.push(child)
  }
  return found
}

function placeOf({ from, to }: SyntaxNode): Place {
  return { start: from, end: to }
}

/** `alias A.B`, `alias A.{B, C}`, `alias A.B, as: C`; `import` and `use` bring in every function of a module. */
function imported(word: string, text: string): { local: string; path: string }[] {
  const [, path = '', inner, local] =
    /^\w+\s*\(?\s*([A-Z][\w.]*?)(?:\.\{([^}]*)\})?(?:\s*,\s*as:\s*([A-Z]\w*))?(?=\s*[,)\n]|\s*$)/.exec(text) ?? []
  if (path === '' || word === 'require') return []
  if (word !== 'alias') return [{ local: '*', path }]
  const names = inner === undefined ? [path] : inner.split(',').map((name) => `${path}.${name.trim()}`)
  return names.map((name) => ({ local: local ?? name.split('.').at(-1) ?? name, path: name }))
}

/** `Mod.fun` or `fun` of a capture. */
function calleeOf(path: string, at: Place): { target: Code | null; name: string } {
  const dot = path.lastIndexOf('.')
  if (dot < 0) return { target: null, name: path }
  return { target: { ...at, kind: 'name', name: path.slice(0, dot) }, name: path.slice(dot + 1) }
}
