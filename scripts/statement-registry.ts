import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('../src/effects/statements/', import.meta.url)

/** The text of src/effects/statements/statement-registry.ts: every file beside it that exports `handlers`. */
export function statementRegistry(): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && path !== 'statement-registry.ts')
    .filter((path) => /^export const handlers\b/m.test(readFileSync(new URL(path, folder), 'utf8')))
    .sort()
    .map((path) => ({
      path,
      name: path.replace(/^.*\/|\.ts$/g, '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
    }))
  const lines = [
    ...files.map(({ path, name }) => ({
      path: `./${path}`,
      line: `import { handlers as ${name}Handlers } from './${path}'`,
    })),
    {
      path: '../model/statement-handler.ts',
      line: "import type { StatementHandlers } from '../model/statement-handler.ts'",
    },
  ]
  return `// Written by \`npm run docs\` from the files beside it; CI fails when it is stale.
${lines
  .sort((a, b) => (a.path < b.path ? -1 : 1))
  .map(({ line }) => line)
  .join('\n')}

/** The handler of every statement kind that is modelled, by the name of its parse-tree node. */
export const statementHandlers: StatementHandlers = {
${files.map(({ name }) => `  ...${name}Handlers,`).join('\n')}
}
`
}
