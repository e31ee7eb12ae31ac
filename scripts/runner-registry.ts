import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('../src/runners/', import.meta.url)

/** The text of src/runners/runner-registry.ts: every file below src/runners/ that exports a `runner`, by its name. */
export function runnerRegistry(): string {
  const files = runnerFiles()
  const identifiers = files.map(({ name }) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase()))
  const imports = files.map(({ path }, i) => ({
    path,
    line: `import { runner as ${identifiers[i]} } from './${path}'`,
  }))
  const lines = [...imports, { path: 'runner.ts', line: "import type { Runner } from './runner.ts'" }]
  return `// Written by \`npm run docs\` from the files beside it; CI fails when it is stale.
${lines
  .sort((a, b) => (a.path < b.path ? -1 : 1))
  .map(({ line }) => line)
  .join('\n')}

/** Every runner, by its name. */
export const runners: readonly Runner[] = [
${identifiers.map((name) => `  ${name},`).join('\n')}
]
`
}

/** The text of src/policy/runner-names.ts: what a policy may name. The policy knows no runner, only their names. */
export function runnerNames(): string {
  return `// Written by \`npm run docs\` from the files of src/runners/; CI fails when it is stale.

/** Names of the migration tools that a policy may name. */
export const runnerNames = [
${runnerFiles()
  .map(({ name }) => `  '${name}',`)
  .join('\n')}
] as const
`
}

/** A runner is \`<name>.ts\`, or \`<name>/<name>.ts\` where it has a folder to itself. */
function runnerFiles(): { name: string; path: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && path !== 'runner-registry.ts')
    .filter((path) => /^export const runner\b/m.test(readFileSync(new URL(path, folder), 'utf8')))
    .map((path) => ({ path, name: path.replace(/^.*\/|\.ts$/g, '') }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
