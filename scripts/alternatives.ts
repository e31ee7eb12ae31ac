import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { planCases } from '../test/plans/cases.ts'
import type { Manner } from '../test/plans/follow-manner.ts'
import { type Original, type Outcome, type PlanCase, planStage } from '../test/plans/try-plan.ts'
import { startMajor } from '../test/truth/servers.ts'

/**
 * `npm run alternatives -- [majors] [pattern] [manner]`: follows every plan on real servers, with a reader and a writer at work, and
 * holds schema and rows against what the original statement makes. Prints what is wrong, and how many are right.
 */
const [asked = '13,15,17,18', pattern = '', manner = 'once'] = process.argv.slice(2)
const majors = asked.split(',').map(Number)
const wanted = planCases.filter(({ name, planCase }) => `${name} ${planCase.sql}`.match(new RegExp(pattern, 'i')))
let wrong = 0
for (const major of majors) {
  const server = await startMajor(major)
  try {
    const stage = await planStage(server)
    const counts = new Map<Outcome['kind'], number>()
    for (const { name, planCase } of wanted) {
      if ((planCase.from ?? 0) > major) continue
      const outcome = await stage.run(planCase, await known(major, planCase, () => stage.original(planCase)), {
        manner: manner as Manner,
      })
      counts.set(outcome.kind, (counts.get(outcome.kind) ?? 0) + 1)
      console.log(`${major} ${name} ${outcome.kind}: ${planCase.sql.replaceAll('\n', ' ')}${detailOf(outcome)}`)
    }
    wrong += counts.get('wrong') ?? 0
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    console.log(`${major}: ${[...counts].map(([kind, count]) => `${count} ${kind}`).join(', ')} of ${total}`)
  } finally {
    await server.stop()
  }
}
process.exitCode = wrong > 0 ? 1 : 0

/** What originals make is kept in LOCKCAST_ALTERNATIVES_CACHE, when that names a folder: it takes half of the time. */
async function known(major: number, planCase: PlanCase, run: () => Promise<Original>): Promise<Original> {
  const folder = process.env.LOCKCAST_ALTERNATIVES_CACHE
  if (!folder) return run()
  const schema = readFileSync(new URL('../test/plans/schema.sql', import.meta.url), 'utf8')
  const about = readFileSync(new URL('../src/shadow/describe.ts', import.meta.url), 'utf8')
  const key = createHash('sha256')
    .update(
      JSON.stringify([
        major,
        planCase.sql,
        planCase.setup,
        planCase.autocommit,
        planCase.instead,
        planCase.role,
        schema,
        about,
      ]),
    )
    .digest('hex')
  const path = join(folder, `${key}.json`)
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Original
  const made = await run()
  mkdirSync(folder, { recursive: true })
  writeFileSync(path, JSON.stringify(made))
  return made
}

function detailOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'right':
      return ` [${outcome.pattern}, others waited ${outcome.waitedMs} ms]`
    case 'no way':
      return `\n    ${outcome.reason}`
    case 'original fails':
      return `\n    ${outcome.message}`
    case 'wrong':
      return `\n    ${outcome.reasons.slice(0, 12).join('\n    ')}\n      ${outcome.steps.join('\n').replaceAll('\n', '\n      ')}`
    case 'as it is':
      return ''
  }
}
