import type { parser } from '@lezer/python'

/** A tree and a node of a Lezer parser; all of them share the type. */
export type SyntaxTree = ReturnType<typeof parser.parse>
export type SyntaxNode = SyntaxTree['topNode']
