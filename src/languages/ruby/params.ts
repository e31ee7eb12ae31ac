import type { Code, Param, Pattern } from '../code/tree.ts'
import { isNode, kindOf, nodes, type RubyNode } from './ruby-read.ts'

/** The parameters of a `def`. Keyword parameters take what is given by name. */
export function functionParams(node: unknown, reader: { code(node: RubyNode): Code }): Param[] {
  if (!isNode(node)) return []
  const fields = ['requireds', 'optionals', 'rest', 'posts', 'keywords', 'keywordRest']
  return fields.flatMap((field) => {
    const value = node[field]
    return (Array.isArray(value) ? nodes(value) : isNode(value) ? [value] : []).map((param) => paramOf(param, reader))
  })
}

/** The parameters of a block, `it` and `_1` too. */
export function blockParams(node: unknown, reader: { code(node: RubyNode): Code }): Param[] {
  if (!isNode(node)) return []
  if (kindOf(node) === 'ItParametersNode') return [plain('it')]
  if (kindOf(node) === 'NumberedParametersNode')
    return Array.from({ length: Number(node.maximum) }, (_, i) => plain(`_${i + 1}`))
  return functionParams(node.parameters, reader)
}

/** The names that an assignment or a parameter binds. */
export function patternOf(node: RubyNode): Pattern {
  switch (kindOf(node)) {
    case 'MultiTargetNode':
      return { kind: 'list', items: nodes(node.lefts).map(patternOf) }
    case 'SplatNode':
    case 'IndexTargetNode':
    case 'CallTargetNode':
      return { kind: 'ignored' }
    default:
      return typeof node.name === 'string' ? { kind: 'bind', name: node.name } : { kind: 'ignored' }
  }
}

function paramOf(node: RubyNode, reader: { code(node: RubyNode): Code }): Param {
  const fallback = isNode(node.value) ? reader.code(node.value) : null
  const kind = kindOf(node)
  const rest = kind === 'RestParameterNode' ? 'list' : kind === 'KeywordRestParameterNode' ? 'dict' : 'none'
  return { pattern: patternOf(node), fallback, rest }
}

function plain(name: string): Param {
  return { pattern: { kind: 'bind', name }, fallback: null, rest: 'none' }
}
