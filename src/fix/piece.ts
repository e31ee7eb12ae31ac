/** Statements that go into one file, before the tool's file is written. */
export interface Piece {
  mode: 'transaction' | 'outside'
  /** Lines for a comment above: what to check, what to deploy first, what to know. */
  notes: string[]
  statements: PieceStatement[]
  /** It waits until what comes before it is deployed, or was run by hand. */
  later: boolean
}

export interface PieceStatement {
  /** Verbatim, without the last semicolon. */
  sql: string
  /** The author's own comments above it, verbatim, with their line breaks. */
  lead: string
  /** A comment behind it on its last line. */
  tail: string
}

/** A script that a person runs in psql: the tool cannot. */
export interface ByHand {
  notes: string[]
  sql: string[]
}

/** One change of the working tree. `before` null: a new file; `text` null: it goes. */
export interface FileChange {
  path: string
  before: string | null
  text: string | null
}
