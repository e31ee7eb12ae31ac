import type { SyntaxTree } from '../code/syntax.ts'
import type { Code } from '../code/tree.ts'
import { elixirCode } from './elixir-read.ts'

let parser: { parse(text: string): SyntaxTree } | null = null

/** Loads the parser, when an Elixir file is there. */
export async function loadElixir(): Promise<void> {
  parser ??= (await import('lezer-elixir')).parser
}

/** The program of an Elixir file. Needs {@link loadElixir} before. What the grammar does not know is left out of it. */
export function parseElixir(text: string): Code[] {
  if (!parser) throw new Error('loadElixir() comes first')
  return elixirCode(parser.parse(text).topNode, text)
}
