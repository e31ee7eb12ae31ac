import { numberedOrNamed, type SqlTool, unmarked } from './sql-tool.ts'

/** SQL that no tool claims: the policy says which files run without a transaction. */
export const plainFiles: SqlTool = { ...unmarked, runners: ['plain'], name: numberedOrNamed, oneQuery: false }
