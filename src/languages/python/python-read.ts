import type { SyntaxNode } from '../code/syntax.ts'
import type { CallCode, Code, FunctionCode, Param, Pattern, Place } from '../code/tree.ts'
import { pythonString } from './strings.ts'

/** Turns the tree of a Python file into the common one. */
export function pythonCode(top: SyntaxNode, text: string): Code[] {
  return new PythonReader(text).body(top)
}

class PythonReader {
  private readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** The statements in a body or in the whole file. */
  body(node: SyntaxNode): Code[] {
    return children(node)
      .filter(({ name }) => name !== ':' && name !== ';' && name !== 'Comment')
      .flatMap((statement) =>
        statement.name === 'StatementGroup' ? this.body(statement) : [this.statement(statement)],
      )
  }

  private statement(node: SyntaxNode): Code {
    const at = placeOf(node)
    const parts = significant(node)
    switch (node.name) {
      case 'ExpressionStatement':
        return this.expression(parts[0])
      case 'AssignStatement':
        return this.assignment(parts, at)
      case 'UpdateStatement': {
        const [target, operator, value] = parts
        const left = this.expression(target)
        const sign = operator ? this.slice(operator).replace('=', '') : '+'
        const sum: Code = { ...at, kind: 'operation', operator: sign, left, right: this.expression(value) }
        return { ...at, kind: 'assign', pattern: this.pattern(target), value: sum }
      }
      case 'FunctionDefinition':
        return this.definition(node)
      case 'DecoratedStatement': {
        const inner = parts.find(({ name }) => name === 'FunctionDefinition' || name === 'ClassDefinition')
        return inner ? this.statement(inner) : { ...at, kind: 'other', words: 'code that is not read' }
      }
      case 'ClassDefinition': {
        const bases = node.getChild('ArgList')
        const base = bases ? significant(bases).find((part) => part.name !== '(' && part.name !== ')') : undefined
        const body = node.getChild('Body')
        const name = node.getChild('VariableName')
        return {
          ...at,
          kind: 'class',
          name: name ? this.slice(name) : '',
          superclass: base ? this.expression(base) : null,
          body: body ? this.body(body) : [],
        }
      }
      case 'ImportStatement':
        return { ...at, kind: 'import', names: this.imports(parts) }
      case 'ReturnStatement': {
        const values = parts.slice(1)
        return { ...at, kind: 'return', value: values.length > 0 ? this.sequence(values, at) : null }
      }
      case 'IfStatement':
        return this.choice(parts, at)
      case 'ForStatement':
        return this.loop(parts, at)
      case 'WhileStatement':
        return {
          ...at,
          kind: 'repeat',
          body: parts.filter(({ name }) => name === 'Body').flatMap((part) => this.body(part)),
        }
      case 'WithStatement':
        return this.within(parts, at)
      case 'TryStatement':
        return this.guarded(parts, at)
      case 'RaiseStatement':
        return { ...at, kind: 'leave', how: 'raise' }
      case 'BreakStatement':
      case 'ContinueStatement':
        return { ...at, kind: 'leave', how: 'loop' }
      case 'PassStatement':
      case 'ScopeStatement':
      case 'AssertStatement':
      case 'DeleteStatement':
        return { ...at, kind: 'constant', value: null }
      default:
        return this.expression(node)
    }
  }

  private expression(node: SyntaxNode | null | undefined): Code {
    if (!node) return { start: 0, end: 0, kind: 'other', words: 'code that is not read' }
    const at = placeOf(node)
    const parts = significant(node)
    const other = (words: string): Code => ({ ...at, kind: 'other', words })
    switch (node.name) {
      case 'String':
        return pythonString(node, this.text)
      case 'ContinuedString': {
        const strings = parts.map((part) => this.expression(part))
        if (!strings.every((part) => part.kind === 'text')) return { ...at, kind: 'joined', parts: strings }
        const text = strings.map((part) => (part.kind === 'text' ? part.text : '')).join('')
        return { ...at, kind: 'text', text, at: null, symbol: false }
      }
      case 'FormatString':
        return this.formatted(node, at)
      case 'Number':
        return { ...at, kind: 'number', text: this.slice(node).replaceAll('_', '') }
      case 'Boolean':
        return { ...at, kind: 'constant', value: this.slice(node) === 'True' }
      case 'None':
        return { ...at, kind: 'constant', value: null }
      case 'VariableName':
        return { ...at, kind: 'name', name: this.slice(node) }
      case 'ArrayExpression':
      case 'TupleExpression':
      case 'SetExpression':
        return { ...at, kind: 'list', items: this.items(parts) }
      case 'DictionaryExpression':
        return { ...at, kind: 'dict', entries: this.entries(parts) }
      case 'ParenthesizedExpression':
        return this.expression(parts.find(({ name }) => !brackets.has(name)))
      case 'CallExpression':
        return this.call(node, at)
      case 'MemberExpression':
        return this.member(parts, at)
      case 'BinaryExpression': {
        const [left, operator, second] = parts
        const words = operator ? this.slice(operator) : ''
        const negated = words === 'is' && second?.name === 'not'
        const right = this.expression(parts.at(-1))
        const sign = words === 'is' ? (negated ? '!=' : '==') : words === 'not' ? 'not in' : words
        return { ...at, kind: 'operation', operator: sign, left: this.expression(left), right }
      }
      case 'UnaryExpression':
        if (parts[0]?.name === 'not') return { ...at, kind: 'not', value: this.expression(parts[1]) }
        if (parts[0] && this.slice(parts[0]) === '~') {
          return {
            ...at,
            kind: 'call',
            target: this.expression(parts[1]),
            name: '__invert__',
            args: [],
            named: [],
            block: null,
          }
        }
        return parts[1]?.name === 'Number'
          ? { ...at, kind: 'number', text: this.slice(node) }
          : other('an operator that is not read')
      case 'ConditionalExpression': {
        const [then, , condition, , otherwise] = parts
        return {
          ...at,
          kind: 'choice',
          condition: this.expression(condition),
          whenTrue: [this.expression(then)],
          otherwise: [this.expression(otherwise)],
        }
      }
      case 'LambdaExpression': {
        const list = node.getChild('ParamList')
        const body: Code = this.expression(parts.at(-1))
        return { ...at, kind: 'function', name: '', params: list ? this.params(list) : [], body: [body], method: false }
      }
      case 'ArrayComprehensionExpression':
      case 'SetComprehensionExpression':
      case 'ComprehensionExpression':
        return this.comprehension(
          parts.filter(({ name }) => !brackets.has(name)),
          at,
        )
      case 'NamedExpression':
        return { ...at, kind: 'assign', pattern: this.pattern(parts[0]), value: this.expression(parts.at(-1)) }
      case 'AwaitExpression':
        return this.expression(parts.at(-1))
      default:
        return other('code that is not read')
    }
  }

  private slice(node: SyntaxNode): string {
    return this.text.slice(node.from, node.to)
  }

  private items(parts: SyntaxNode[]): Code[] {
    const items: Code[] = []
    let spread = false
    for (const part of parts) {
      if (brackets.has(part.name) || part.name === ',') continue
      if (part.name === '*') {
        spread = true
        continue
      }
      const value = this.expression(part)
      items.push(spread ? { ...placeOf(part), kind: 'spread', value } : value)
      spread = false
    }
    return items
  }

  private sequence(parts: SyntaxNode[], at: Place): Code {
    const values = parts.filter(({ name }) => name !== ',')
    if (parts.length === 1) return this.expression(values[0])
    return { ...at, kind: 'list', items: values.map((value) => this.expression(value)) }
  }

  private entries(parts: SyntaxNode[]): { key: Code; value: Code }[] {
    const given = parts.filter(({ name }) => !brackets.has(name) && name !== ',')
    const entries: { key: Code; value: Code }[] = []
    for (let i = 0; i < given.length; ) {
      if (given[i]?.name === '**') {
        const value = this.expression(given[i + 1])
        entries.push({ key: { start: value.start, end: value.end, kind: 'spread', value }, value })
        i += 2
      } else {
        entries.push({ key: this.expression(given[i]), value: this.expression(given[i + 2]) })
        i += 3
      }
    }
    return entries
  }

  private call(node: SyntaxNode, at: Place): Code {
    const callee = node.firstChild
    const list = node.getChild('ArgList')
    const { args, named } = list ? this.args(list) : { args: [], named: [] }
    if (!callee) return { ...at, kind: 'other', words: 'code that is not read' }
    if (callee.name === 'VariableName') {
      return { ...at, kind: 'call', target: null, name: this.slice(callee), args, named, block: null }
    }
    const property = callee.name === 'MemberExpression' ? callee.getChild('PropertyName') : null
    if (!property)
      return { ...at, kind: 'call', target: this.expression(callee), name: 'call', args, named, block: null }
    const receiver = callee.firstChild
    const own = receiver && (this.slice(receiver) === 'self' || this.slice(receiver) === 'cls')
    const target = own ? null : this.expression(receiver)
    return { ...at, kind: 'call', target, name: this.slice(property), args, named, block: null }
  }

  private args(list: SyntaxNode): Pick<CallCode, 'args' | 'named'> {
    const parts = significant(list).filter(({ name }) => name !== '(' && name !== ')')
    if (parts[1]?.name === 'for') return { args: [this.comprehension(parts, placeOf(list))], named: [] }
    const args: Code[] = []
    const named: CallCode['named'] = []
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]
      const next = parts[i + 1]
      if (!part || part.name === ',') continue
      if (part.name === '**') named.push({ name: null, value: this.expression(parts[++i]) })
      else if (part.name === '*') args.push({ ...placeOf(part), kind: 'spread', value: this.expression(parts[++i]) })
      else if (next?.name === 'AssignOp') {
        named.push({ name: this.slice(part), value: this.expression(parts[i + 2]) })
        i += 2
      } else args.push(this.expression(part))
    }
    return { args, named }
  }

  private member(parts: SyntaxNode[], at: Place): Code {
    const [receiver, , third] = parts
    if (parts[1]?.name === '.') {
      const own = receiver && (this.slice(receiver) === 'self' || this.slice(receiver) === 'cls')
      if (own && third) return { ...at, kind: 'name', name: this.slice(third) }
      return { ...at, kind: 'member', target: this.expression(receiver), name: third ? this.slice(third) : '' }
    }
    if (parts.some(({ name }) => name === ':')) return { ...at, kind: 'other', words: 'a slice' }
    return { ...at, kind: 'index', target: this.expression(receiver), key: this.expression(third) }
  }

  private assignment(parts: SyntaxNode[], at: Place): Code {
    const sides: SyntaxNode[][] = [[]]
    for (const part of parts) {
      if (part.name === 'AssignOp') sides.push([])
      else if (part.name !== 'TypeDef') sides.at(-1)?.push(part)
    }
    const right = sides.pop() ?? []
    if (sides.length === 0) return { ...at, kind: 'constant', value: null }
    let code = this.sequence(right, at)
    for (const left of sides.reverse()) {
      const names = left.filter(({ name }) => name !== ',')
      const pattern: Pattern =
        left.length === 1 ? this.pattern(left[0]) : { kind: 'list', items: names.map((name) => this.pattern(name)) }
      code = { ...at, kind: 'assign', pattern, value: code }
    }
    return code
  }

  private pattern(node: SyntaxNode | undefined): Pattern {
    if (!node) return { kind: 'ignored' }
    if (node.name === 'VariableName') return { kind: 'bind', name: this.slice(node) }
    if (node.name === 'TupleExpression' || node.name === 'ArrayExpression' || node.name === 'ParenthesizedExpression') {
      const names = significant(node).filter(({ name }) => !brackets.has(name) && name !== ',')
      return { kind: 'list', items: names.map((name) => this.pattern(name)) }
    }
    return { kind: 'ignored' }
  }

  private definition(node: SyntaxNode): FunctionCode {
    const name = node.getChild('VariableName')
    const list = node.getChild('ParamList')
    const body = node.getChild('Body')
    return {
      ...placeOf(node),
      kind: 'function',
      name: name ? this.slice(name) : '',
      params: list ? this.params(list) : [],
      body: body ? this.body(body) : [],
      method: false,
    }
  }

  private params(list: SyntaxNode): Param[] {
    const parts = significant(list).filter(({ name }) => !brackets.has(name) && name !== 'TypeDef' && name !== '/')
    const params: Param[] = []
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]
      if (!part || part.name === ',') continue
      if (part.name === '*' || part.name === '**') {
        const next = parts[i + 1]
        if (next?.name !== 'VariableName') continue
        params.push({ pattern: this.pattern(next), fallback: null, rest: part.name === '*' ? 'list' : 'dict' })
        i++
        continue
      }
      const hasFallback = parts[i + 1]?.name === 'AssignOp'
      const fallback = hasFallback ? this.expression(parts[i + 2]) : null
      if (hasFallback) i += 2
      const first = params.length === 0 && /^(self|cls)$/.test(this.slice(part))
      if (!first) params.push({ pattern: this.pattern(part), fallback, rest: 'none' })
    }
    return params
  }

  /** `from a.b import c as d` binds d to `a.b.c`; a relative import keeps its leading dots. */
  private imports(parts: SyntaxNode[]): { local: string; path: string }[] {
    const words = parts.filter(({ name }) => !brackets.has(name)).map((part) => this.slice(part))
    const importAt = words.indexOf('import')
    const module = words[0] === 'from' ? words.slice(1, importAt).join('') : ''
    const names: { local: string; path: string }[] = []
    for (const clause of words
      .slice(importAt + 1)
      .join(' ')
      .split(' , ')) {
      const [path = '', local] = clause.split(' as ').map((piece) => piece.replaceAll(' ', ''))
      if (path === '') continue
      if (words[0] === 'from')
        names.push({ local: local ?? path, path: `${module}${module.endsWith('.') ? '' : '.'}${path}` })
      else
        names.push(
          local === undefined
            ? { local: path.split('.')[0] ?? path, path: path.split('.')[0] ?? path }
            : { local, path },
        )
    }
    return names
  }

  private choice(parts: SyntaxNode[], at: Place): Code {
    const [, condition] = parts
    const bodyAt = parts.findIndex(({ name }) => name === 'Body')
    const body = parts[bodyAt]
    const rest = parts.slice(bodyAt + 1)
    const otherwise =
      rest[0]?.name === 'elif'
        ? [this.choice(rest, at)]
        : rest.filter(({ name }) => name === 'Body').flatMap((part) => this.body(part))
    return {
      ...at,
      kind: 'choice',
      condition: this.expression(condition),
      whenTrue: body ? this.body(body) : [],
      otherwise,
    }
  }

  private loop(parts: SyntaxNode[], at: Place): Code {
    const inAt = parts.findIndex(({ name }) => name === 'in')
    const bodyAt = parts.findIndex(({ name }) => name === 'Body')
    const names = parts.slice(1, inAt).filter(({ name }) => name !== ',')
    const pattern: Pattern =
      names.length === 1 ? this.pattern(names[0]) : { kind: 'list', items: names.map((name) => this.pattern(name)) }
    const items = this.sequence(parts.slice(inAt + 1, bodyAt), at)
    const body = parts[bodyAt]
    return { ...at, kind: 'loop', pattern, items, body: body ? this.body(body) : [], collects: false }
  }

  private comprehension(parts: SyntaxNode[], at: Place): Code {
    const forAt = parts.findIndex(({ name }) => name === 'for')
    if (forAt < 0) return { ...at, kind: 'other', words: 'a comprehension that is not read' }
    const pair = parts.slice(0, forAt).some(({ name }) => name === ':')
    if (pair) return this.dictComprehension(parts, at)
    return this.clauses(parts.slice(forAt), { ...at, kind: 'list', items: [this.expression(parts[0])] }, at)
  }

  /** `for x in y if z for …`: each turn gives a list, and an outer loop joins those of the inner ones. */
  private clauses(parts: SyntaxNode[], element: Code, at: Place): Code {
    const [first] = parts
    if (!first) return element
    if (first.name === 'if') {
      const end = parts.findIndex(({ name }, i) => i > 0 && (name === 'if' || name === 'for'))
      const rest = end < 0 ? [] : parts.slice(end)
      const condition = this.expression(parts[1])
      return {
        ...at,
        kind: 'choice',
        condition,
        whenTrue: [this.clauses(rest, element, at)],
        otherwise: [{ ...at, kind: 'list', items: [] }],
      }
    }
    const inAt = parts.findIndex(({ name }) => name === 'in')
    const names = parts.slice(1, inAt).filter(({ name }) => name !== ',')
    const pattern: Pattern =
      names.length === 1 ? this.pattern(names[0]) : { kind: 'list', items: names.map((name) => this.pattern(name)) }
    const items = this.expression(parts[inAt + 1])
    const body = [this.clauses(parts.slice(inAt + 2), element, at)]
    return { ...at, kind: 'loop', pattern, items, body, collects: true, joins: true }
  }

  private dictComprehension(parts: SyntaxNode[], at: Place): Code {
    const forAt = parts.findIndex(({ name }) => name === 'for')
    const colon = parts.findIndex(({ name }) => name === ':')
    const element: Code = {
      ...at,
      kind: 'list',
      items: [{ ...at, kind: 'list', items: [this.expression(parts[0]), this.expression(parts[colon + 1])] }],
    }
    const pairs = this.clauses(parts.slice(forAt), element, at)
    return { ...at, kind: 'call', target: null, name: 'dict', args: [pairs], named: [], block: null }
  }

  private within(parts: SyntaxNode[], at: Place): Code {
    const body = parts.find(({ name }) => name === 'Body')
    const items = parts.slice(1).filter(({ name }) => name !== 'Body')
    let inner: Code[] = body ? this.body(body) : []
    const clauses: { value: SyntaxNode; pattern: Pattern | null }[] = []
    for (let i = 0; i < items.length; i++) {
      const item = items[i]
      if (!item || item.name === ',' || brackets.has(item.name)) continue
      if (item.name === 'as') continue
      const named = items[i + 1]?.name === 'as'
      clauses.push({ value: item, pattern: named ? this.pattern(items[i + 2]) : null })
      if (named) i += 2
    }
    for (const { value, pattern } of clauses.reverse()) {
      inner = [{ ...at, kind: 'within', value: this.expression(value), pattern, body: inner }]
    }
    return { ...at, kind: 'body', body: inner }
  }

  private guarded(parts: SyntaxNode[], at: Place): Code {
    const [body = [], ...rest] = parts.flatMap((part, i) => {
      if (part.name !== 'Body') return []
      const words = parts
        .slice(0, i)
        .findLast(({ name }) => name === 'try' || name === 'except' || name === 'finally' || name === 'else')
      return [Object.assign(this.body(part), { word: words?.name })]
    })
    const handlers = rest.filter(({ word }) => word === 'except')
    const always = rest.filter(({ word }) => word !== 'except').flat()
    return { ...at, kind: 'guarded', body, handlers, always }
  }

  private formatted(node: SyntaxNode, at: Place): Code {
    const raw = this.slice(node)
    const opening = /^[a-zA-Z]*("""|'''|"|')/.exec(raw)?.[0] ?? ''
    const quote = opening.replace(/^[a-zA-Z]*/, '')
    const parts: Code[] = []
    let from = node.from + opening.length
    const literal = (to: number): void => {
      const text = this.text.slice(from, to)
      const unescaped = (/r/i.test(opening) ? text : unescapePython(text)).replaceAll('{{', '{').replaceAll('}}', '}')
      if (text !== '') parts.push({ start: from, end: to, kind: 'text', text: unescaped, at: null, symbol: false })
    }
    for (const part of children(node)) {
      if (part.name !== 'FormatReplacement') continue
      literal(part.from)
      const inner = significant(part).filter(({ name }) => name !== '{' && name !== '}')
      const spec = inner.find(({ name }) => name === 'FormatSpec' || name === 'FormatConversion')
      if (spec && this.slice(spec) !== '!s')
        parts.push({ ...placeOf(part), kind: 'other', words: 'a formatted part of a text' })
      else parts.push(this.expression(inner[0]))
      from = part.to
    }
    literal(node.to - quote.length)
    return { ...at, kind: 'joined', parts }
  }
}

const brackets = new Set(['(', ')', '[', ']', '{', '}'])

/** Text with Python's escapes resolved. */
export function unescapePython(text: string): string {
  const simple: Record<string, string> = { n: '\n', t: '\t', r: '\r', '0': '\0', a: '\x07', b: '\b', f: '\f', v: '\v' }
  return text.replaceAll(/\\(?:\r?\n|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([\s\S]))/g, (whole, hex, code, character) => {
    if (hex ?? code) return String.fromCharCode(Number.parseInt(hex ?? code, 16))
    if (character === undefined) return ''
    if (character in simple) return simple[character] ?? ''
    return character === '\\' || character === "'" || character === '"' ? character : whole
  })
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) found.push(child)
  return found
}

function significant(node: SyntaxNode): SyntaxNode[] {
  return children(node).filter(({ name }) => name !== 'Comment')
}

function placeOf({ from, to }: SyntaxNode): Place {
  return { start: from, end: to }
}
