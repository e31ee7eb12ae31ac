import { type Document, isCollection, isNode, LineCounter, parseDocument, visit } from 'yaml'

export interface PolicyProblem {
  path: string
  line: number
  message: string
}

/** `.github/lockcast.yml:4: …`. */
export function problemText({ path, line, message }: PolicyProblem): string {
  return `${path}:${line}: ${message}`
}

/** A YAML file as plain data, an empty one as `{}`, with the line of every key. */
interface PolicyDocument {
  content: object
  /** Line of the key at this path, or of the nearest one around it. */
  lineOf(path: PropertyKey[]): number
  problems: PolicyProblem[]
}

/** A longer policy is none, characters. */
const longestPolicy = 200_000

/** Parses the YAML. Returns mistakes as problems with their line; never throws. */
export function readDocument(text: string, path: string): PolicyDocument {
  const lines = new LineCounter()
  const document = parsedDocument(text, lines)
  if (document === null) {
    const message = 'the file is longer or nested deeper than a policy can be'
    return { content: {}, lineOf: () => 1, problems: [{ path, line: 1, message }] }
  }
  const lineOf = (at: PropertyKey[]): number => {
    for (let length = at.length; length > 0; length--) {
      const keys = at.slice(0, length)
      const parent = keys.length > 1 ? document.getIn(keys.slice(0, -1), true) : document.contents
      const items = parent && typeof parent === 'object' && 'items' in parent ? parent.items : []
      for (const item of items as { key?: { value: unknown; range?: [number] } }[]) {
        if (item.key?.range && item.key.value === keys.at(-1)) return lines.linePos(item.key.range[0]).line
      }
      const member = typeof keys.at(-1) === 'number' ? document.getIn(keys, true) : null
      if (isNode(member) && member.range) return lines.linePos(member.range[0]).line
    }
    return 1
  }
  const broken = (line: number, message: string): PolicyDocument => ({
    content: {},
    lineOf,
    problems: [{ path, line, message }],
  })
  const [error] = document.errors
  if (error) return broken(lines.linePos(error.pos[0]).line, error.message)
  const key = collectionKey(document)
  // As data it would be its own text, and keys in keys take longer than anybody waits for.
  if (key !== null) return broken(lines.linePos(key).line, 'a key has to be a word')
  try {
    return { content: (document.toJS() ?? {}) as object, lineOf, problems: [] }
  } catch (problem) {
    // An alias without its anchor, or aliases that multiply beyond measure, are only found here.
    return broken(1, problem instanceof Error ? problem.message : String(problem))
  }
}

/** Null: too long, or nested so deeply that the parser's recursion ends. */
function parsedDocument(text: string, lineCounter: LineCounter) {
  if (text.length > longestPolicy) return null
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return null
  }
}

/** Where a key is that is a list or a map; null when there is none. */
function collectionKey(document: Document): number | null {
  let found: number | null = null
  visit(document, {
    Pair(_key, pair) {
      if (!isCollection(pair.key)) return undefined
      found = pair.key.range?.[0] ?? 0
      return visit.BREAK
    },
  })
  return found
}
