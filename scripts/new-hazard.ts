import { existsSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { groups } from '../src/hazards/hazard.ts'
import { hazardRegistry } from './hazard-registry.ts'

/** `npm run new:hazard <id> [group]`: a hazard that compiles and whose tests fail until it is filled in. */

const { positionals } = parseArgs({ allowPositionals: true })
const [id = '', home = 'advice'] = positionals
const group = groups.find((group) => group.replace(' ', '-') === home)
const file = new URL(`../src/hazards/${home}/${id}.ts`, import.meta.url)

if (!group || !/^[a-z]+(-[a-z]+)*$/.test(id)) {
  process.stderr.write(
    `usage: npm run new:hazard <id> [group]\n  id: words in lower case with hyphens, such as drop-trigger\n  group: ${groups.map((item) => item.replace(' ', '-')).join(', ')}\n`,
  )
  process.exitCode = 2
} else if (existsSync(file)) {
  process.stderr.write(`src/hazards/${home}/${id}.ts is there already\n`)
  process.exitCode = 2
} else {
  writeFileSync(file, scaffold(group, id))
  writeFileSync(new URL('../src/hazards/hazard-registry.ts', import.meta.url), hazardRegistry())
  process.stdout.write(
    `src/hazards/${home}/${id}.ts written. Fill it in until this passes:\n  npm test -- test/hazards/examples.test.ts -t ${id} --hideSkippedTests\nthen: npm run docs\nHow: docs/adding-a-hazard.md\n`,
  )
}

function scaffold(group: string, id: string): string {
  return `import { quoteRelation } from '../../sql/quote.ts'
import { inQuietMoment } from '../alternatives/alternative.ts'
import { defineHazard } from '../hazard.ts'
import { changesOf } from '../context/schema-changes.ts'

export const hazard = defineHazard({
  id: '${id}',
  group: '${group}',
  title: 'One line for lists',
  page: {
    what: '',
    why: '',
    instead: '',
    harmless: '',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source: '',
  detect: (context) =>
    changesOf(context, 'truncates').flatMap(({ step, change: { relation } }) =>
      relation.isNew ? [] : [{ step, severity: 'high' as const, relation, rows: relation.size.rows }],
    ),
  describe: ({ step, relation }, { policy }) => ({
    message: \`Verdict and number first: \\\`\${quoteRelation(relation)}\\\`\`,
    why: '',
    alternative: inQuietMoment(step, policy),
  }),
  examples: {
    bad: [{ title: '', before: '', migration: '' }],
    good: [{ title: '', before: '', migration: '' }],
  },
})
`
}
