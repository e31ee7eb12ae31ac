/**
 * Asks real servers of PostgreSQL 10 to 18 which functions, operators, types, casts, operator classes, extensions and
 * syntax they have, and writes the answers to src/catalog/server-facts/.
 *
 *   npm run facts              asks and writes
 *   npm run facts -- --check   asks and exits with 1 on a difference
 *
 * `npm run docs -- --check` needs no server: it fails when the script, the servers or the data changed since (the stamp).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startMajor } from '../test/truth/servers.ts'
import { askServer, type ServerFacts } from './server-facts/ask.ts'
import { factFiles, factsFolder } from './server-facts/files.ts'
import { stampOf } from './server-facts/stamp.ts'

const { values } = parseArgs({ options: { check: { type: 'boolean' } } })
const majors = [10, 11, 12, 13, 14, 15, 16, 17, 18]

const answers = new Map<number, ServerFacts>()
for (const major of majors) {
  const server = await startMajor(major)
  try {
    const client = await server.connect()
    answers.set(major, await askServer(client, major))
    await client.end()
  } finally {
    await server.stop()
  }
  process.stdout.write(`PostgreSQL ${major} answered\n`)
}

const files = factFiles(answers)
mkdirSync(factsFolder, { recursive: true })
for (const [name, text] of [...Object.entries(files), ['stamp.json', stampOf(files)] as const]) settle(name, text)

function settle(name: string, text: string): void {
  const file = new URL(name, factsFolder)
  if (current(file) === text) return
  if (!values.check) {
    writeFileSync(file, text)
    process.stdout.write(`${name} written\n`)
    return
  }
  process.stderr.write(`${name} is stale: npm run facts\n`)
  process.exitCode = 1
}

function current(file: URL): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
