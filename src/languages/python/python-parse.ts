import type { SyntaxTree } from '../code/syntax.ts'
import type { Code } from '../code/tree.ts'
import { pythonCode } from './python-read.ts'

let parser: { parse(text: string): SyntaxTree } | null = null

/** Loads the parser, when a Python file is there. */
export async function loadPython(): Promise<void> {
  parser ??= (await import('@lezer/python')).parser
}

/** The program of a Python file, or the line of the first error. Needs {@link loadPython} before. */
export function parsePython(text: string): { body: Code[]; error: { message: string; line: number } | null } {
  if (!parser) throw new Error('loadPython() comes first')
  const tree = parser.parse(text)
  let failed: number | null = null
  tree.iterate({
    enter(node) {
      if (node.type.isError) failed ??= node.from
    },
  })
  if (failed === null) return { body: pythonCode(tree.topNode, text), error: null }
  return { body: [], error: { message: 'is not Python', line: text.slice(0, failed).split('\n').length } }
}
