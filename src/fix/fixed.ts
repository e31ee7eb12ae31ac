import type { FileChange } from './piece.ts'

/** The plans of one file, written. */
interface FileFix {
  kind: 'fix'
  /** In the order of the plan; the file itself first. */
  changes: FileChange[]
  /** The tool's files among them, in their order. */
  migrations: string[]
  /** Paths that the policy has to run without a transaction. */
  withoutTransaction: string[]
  /** Lasting differences and what is left to a person, in sentences. */
  says: string[]
}

export type FixedFile = FileFix | { kind: 'nothing' } | { kind: 'problem'; reason: string }

/** The folder for what the tool does not run: scripts for psql, and files that have to wait. */
export const besideFolder = 'lockcast'
