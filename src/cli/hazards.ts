import { hazardAddress } from '../hazards/address.ts'
import { groups, type Hazard } from '../hazards/hazard.ts'
import { hazards } from '../hazards/hazard-registry.ts'
import { nearest } from '../policy/nearest.ts'
import { hazardText } from '../report/hazard-page.ts'
import { loadParser } from '../sql/parse.ts'
import { UsageError } from './errors.ts'
import { screenOf } from './screen.ts'

/** `lockcast hazards`: the list by group. `lockcast hazards <id>`: that hazard's page; of a group, its list. */
export async function hazardsCommand(id: string | undefined, { format }: { format: 'text' | 'json' }): Promise<number> {
  const group = groups.find((group) => group === id || group.replace(' ', '-') === id)
  const found = id === undefined || group ? null : named(id)
  const listed = hazards.filter((hazard) => group === undefined || hazard.group === group)
  if (format === 'json') {
    const described = found ? dataOf(found) : listed.map(dataOf)
    process.stdout.write(`${JSON.stringify(described, null, 2)}\n`)
    return 0
  }
  await loadParser()
  const look = screenOf(process.stdout, process.env)
  process.stdout.write(found ? hazardText(found, look) : listOf(listed))
  return 0
}

function listOf(shown: readonly Hazard[]): string {
  const width = Math.max(...shown.map(({ id }) => id.length))
  const parts = groups.flatMap((group) => {
    const rows = shown.filter((hazard) => hazard.group === group)
    return rows.length === 0
      ? []
      : [[group, ...rows.map(({ id, title }) => `  ${id.padEnd(width)}  ${title}`)].join('\n')]
  })
  return `${parts.join('\n\n')}\n\nlockcast hazards <id> prints one with examples.\n`
}

/** A hazard as JSON: everything but its code. */
function dataOf({ id, group, title, page, facts, sqlstates, source, examples }: Hazard) {
  return { id, group, title, page, facts, sqlstates, source, docs: hazardAddress(id), examples }
}

function named(id: string): Hazard {
  const found = hazards.find((hazard) => hazard.id === id)
  if (found) return found
  const ids = hazards.map((hazard) => hazard.id)
  const near = ids.find((known) => known.includes(id)) ?? nearest(id, ids)
  throw new UsageError(
    `there is no hazard ${id}${near ? `; did you mean ${near}?` : '.'} lockcast hazards lists them all.`,
  )
}
