import { atlasFiles } from './atlas-files.ts'
import { drizzleFiles } from './drizzle-files.ts'
import { flywayFiles } from './flyway-files.ts'
import { plainFiles } from './plain-files.ts'
import { sectionedFileTools } from './sectioned-files.ts'
import { sqitchFiles } from './sqitch-files.ts'
import type { SqlTool } from './sql-tool.ts'
import { wholeFileTools } from './whole-files.ts'

const tools: readonly SqlTool[] = [
  ...wholeFileTools,
  ...sectionedFileTools,
  atlasFiles,
  drizzleFiles,
  flywayFiles,
  plainFiles,
  sqitchFiles,
]

/** How a runner's files are written; null where Lockcast writes none of them. */
export function sqlToolOf(runner: string): SqlTool | null {
  return tools.find(({ runners }) => runners.includes(runner)) ?? null
}
