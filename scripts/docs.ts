import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { runnerNames, runnerRegistry } from './runner-registry.ts'
import { factsFolder } from './server-facts/files.ts'
import { stampOf } from './server-facts/stamp.ts'
import { statementRegistry } from './statement-registry.ts'

/**
 * Writes the registries of runners, statements and hazards, and the generated documents: `npm run docs`. With `--check` it
 * writes nothing and exits with 1 when one of them is stale.
 */

const root = new URL('../', import.meta.url)
const check = process.argv.includes('--check')

// The documents are made from what the registries list, so those come first.
settle('src/policy/runner-names.ts', runnerNames())
settle('src/runners/runner-registry.ts', runnerRegistry())
settle('src/effects/statements/statement-registry.ts', statementRegistry())
const { hazardRegistry } = await import('./hazard-registry.ts')
settle('src/hazards/hazard-registry.ts', hazardRegistry())
const { documents } = await import('./documents.ts')
for (const [path, text] of Object.entries(documents)) settle(path, text)
for (const name of readdirSync(new URL('docs/hazards/', root))) {
  if (!(`docs/hazards/${name}` in documents)) settle(`docs/hazards/${name}`, null)
}

checkFacts()

/** The facts of the servers cannot be written without them; whether they are stale shows without. */
function checkFacts(): void {
  const names = readdirSync(factsFolder).filter((name) => name.endsWith('.json') && name !== 'stamp.json')
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(new URL(name, factsFolder), 'utf8')]))
  if (readFileSync(new URL('stamp.json', factsFolder), 'utf8') === stampOf(files)) return
  process.stderr.write('src/catalog/server-facts is stale: npm run facts asks the servers\n')
  process.exitCode = 1
}

/** Brings a file to this text, null to none, or says that it is stale. */
function settle(path: string, text: string | null): void {
  if (read(path) === text) return
  if (check) {
    process.stderr.write(`${path} is stale: npm run docs\n`)
    process.exitCode = 1
    return
  }
  const file = new URL(path, root)
  mkdirSync(new URL('.', file), { recursive: true })
  if (text === null) rmSync(file)
  else writeFileSync(file, text)
  process.stdout.write(`${path} ${text === null ? 'removed' : 'written'}\n`)
}

function read(path: string): string | null {
  try {
    return readFileSync(new URL(path, root), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
