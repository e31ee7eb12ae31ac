import { existsSync, readdirSync } from 'node:fs'
import { groups } from '../src/hazards/hazard.ts'

const folder = new URL('../src/hazards/', import.meta.url)

/** The text of src/hazards/hazard-registry.ts: every file of the groups' folders, in the order of the docs. */
export function hazardRegistry(): string {
  const files = groups.flatMap((group) => {
    const home = group.replace(' ', '-')
    const path = new URL(`${home}/`, folder)
    // git keeps no empty folder.
    return (existsSync(path) ? readdirSync(path) : [])
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => `${home}/${name}`)
  })
  const names = files.map((path) =>
    path.replace(/^.*\/|\.ts$/g, '').replace(/-(.)/g, (_, letter) => letter.toUpperCase()),
  )
  const imports = files.map((path, i) => `import { hazard as ${names[i]} } from './${path}'`)
  return `// Written by \`npm run docs\` from the files beside it; CI fails when it is stale.
${[...imports].sort(byPath).join('\n')}
import type { Hazard } from './hazard.ts'

/** Every hazard, group by group. */
export const hazards: readonly Hazard[] = [
${names.map((name) => `  ${name},`).join('\n')}
]
`
}

function byPath(a: string, b: string): number {
  return (a.split("'")[1] ?? '') < (b.split("'")[1] ?? '') ? -1 : 1
}
