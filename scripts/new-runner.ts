import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runnerNames, runnerRegistry } from './runner-registry.ts'

/** `npm run new:runner <name> [title]`: a runner that compiles and a fixture that fails until it is filled in. */

const { positionals } = parseArgs({ allowPositionals: true })
const [name = '', title = name] = positionals
const root = new URL('../', import.meta.url)
const file = new URL(`src/runners/${name}.ts`, root)

if (!/^[a-z]+(-[a-z]+)*$/.test(name) || /['\n]/.test(title)) {
  process.stderr.write(
    'usage: npm run new:runner <name> [title]\n  name: words in lower case with hyphens, such as my-tool\n  title: the tool as its users write it\n',
  )
  process.exitCode = 2
} else if (existsSync(file)) {
  process.stderr.write(`src/runners/${name}.ts exists already\n`)
  process.exitCode = 2
} else {
  const fixture = new URL(`fixtures/migrations/${name}/`, root)
  mkdirSync(new URL('migrations/', fixture), { recursive: true })
  writeFileSync(file, scaffold())
  writeFileSync(new URL(`migrations/001.${name}.sql`, fixture), 'CREATE TABLE orders (id bigint PRIMARY KEY);\n')
  writeFileSync(
    new URL('outline.txt', fixture),
    'path up transaction 1: one line for each migration of 20 and more files\n',
  )
  writeFileSync(new URL('src/runners/runner-registry.ts', root), runnerRegistry())
  writeFileSync(new URL('src/policy/runner-names.ts', root), runnerNames())
  process.stdout.write(
    `src/runners/${name}.ts and fixtures/migrations/${name}/ written. Fill them in until this passes:\n  npm test -- test/runners\nthen: npm run docs\nHow: docs/adding-a-runner.md\n`,
  )
}

function scaffold(): string {
  return `import type { Runner } from './runner.ts'
import { leadingVersion, naturalOrder, sqlMigration } from './sql-file.ts'

/** The tool's facts: what it sends, and the function of its source or the measurement that says so. */
export const runner: Runner = {
  name: '${name}',
  title: '${title}',
  about: { files: '\`001.${name}.sql\`', transaction: 'one transaction a file' },
  historyTables: [],
  config: null,
  marker: null,
  claims: (path) => (/(^|\\/)\\d+\\.${name}\\.sql$/.test(path) ? 'own' : null),
  compare: naturalOrder,
  applied: {
    edited: '${title} does not run it again where it has run',
    removed: '${title} does not undo it where it has run, and new databases lack it',
    renamed: null,
    late: { does: 'runs', words: '${title} runs it after those on databases that have them' },
    checksum: false,
    version: leadingVersion,
  },
  read: (file) => [
    sqlMigration(file, { runner: '${name}', direction: 'up', wrapping: 'transaction', batch: null, optOut: null }),
  ],
}
`
}
