export interface SentQuery {
  sql: string
  at: number | null
  /** Where parts of SQL that is put together are in the file: `length` units from `from` in it are at `at`. */
  pieces?: { from: number; length: number; at: number }[]
}

/** One call of a code migration that sends SQL, in the order in which the tool runs it. */
export interface SentCall {
  direction: 'up' | 'down'
  /** UTF-16 offsets of the call in the file. */
  start: number
  end: number
  /**
   * Messages that the tool sends for it; empty for a call known to send nothing. `at`: offset in the file where the SQL
   * is verbatim, else null.
   */
  queries: SentQuery[]
  /** Why it cannot be read, as a clause; null when it is read. It becomes a statement with `sql: null`. */
  unread: string | null
  /** Code that works on rows: reported as a note, not as unread SQL. */
  dataCode: boolean
  /** `depends`: a branch decides whether it runs. */
  when: 'always' | 'depends'
  /** A note on how it was read. */
  note?: string
}
