import { writeFileSync } from 'node:fs'
import { type DebianTool, installed, record } from '../test/runners/truth/record.ts'

/** Runs Rails, Django and Alembic from Debian's packages over their fixtures and writes what reached the server. */
const tools: DebianTool[] = ['rails', 'django', 'alembic']

for (const tool of process.argv.length > 2 ? tools.filter((name) => process.argv.includes(name)) : tools) {
  if (!(await installed(tool))) {
    console.error(
      `${tool} is not installed: apt-get install ruby-activerecord ruby-pg python3-django python3-alembic python3-psycopg2`,
    )
    continue
  }
  const recording = await record(tool)
  const complaints = recording.complaints.map((line) => `  ${line}`).join('\n')
  if (complaints !== '') console.error(`${recording.tool} complains:\n${complaints}`)
  writeFileSync(
    new URL(`../test/runners/truth/${tool}.json`, import.meta.url),
    `${JSON.stringify(recording, null, 1)}\n`,
  )
  console.log(`${recording.tool}: ${Object.keys(recording.files).length} files`)
}
