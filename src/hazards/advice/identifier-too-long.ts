import { textOf } from '../../sql/statement.ts'
import { defineHazard } from '../hazard.ts'

export const hazard = defineHazard({
  id: 'identifier-too-long',
  group: 'advice',
  title: 'A name that PostgreSQL cuts off',
  page: {
    what: 'A name is longer than 63 bytes; PostgreSQL cuts it with a notice that migration tools do not show.',
    why: 'The object has another name than the file says, and two long names can become the same one.',
    instead: 'Use a shorter name.',
    harmless: 'Names of exactly 63 bytes are kept whole.',
  },
  facts: ['effects'],
  sqlstates: ['42622'],
  source: '`truncate_identifier` in scansup.c, NAMEDATALEN 64; the notice has SQLSTATE 42622.',
  detect: (context) =>
    context.steps.flatMap((step) => {
      const [name] = step.migration.direction === 'up' ? longNames(textOf(step.statement)) : []
      return name === undefined ? [] : [{ step, severity: 'low' as const, relation: null, rows: null, name }]
    }),
  describe: ({ name }) => ({
    message: `\`${name}\` has ${Buffer.byteLength(name)} bytes: PostgreSQL keeps the first 63`,
    why: 'The object has another name than the file says.',
    alternative: { summary: 'Use a name of at most 63 bytes.', steps: [] },
  }),
  examples: {
    bad: [
      {
        title: '78 bytes',
        before: '',
        migration: `CREATE TABLE visits (id bigint PRIMARY KEY);\nCREATE INDEX ${'visits_by_id_'.repeat(6)} ON visits (id, id);`,
      },
    ],
    good: [
      {
        title: '63 bytes',
        before: '',
        migration: `CREATE TABLE visits (id bigint PRIMARY KEY, a int);\nCREATE INDEX ${'i'.repeat(63)} ON visits (a);`,
      },
    ],
  },
})

/** Names of a statement that are longer than PostgreSQL keeps: 63 bytes (NAMEDATALEN - 1). The parser has cut them already. */
function longNames(sql: string): string[] {
  // Few statements have one: tokens are read only where so long a run of characters exists.
  if (!mayBeLong.test(sql)) return []
  return [...sql.matchAll(token)].flatMap(({ groups }) => {
    const name = groups?.quoted?.replaceAll('""', '"') ?? groups?.plain
    return name !== undefined && Buffer.byteLength(name) > 63 ? [name] : []
  })
}

/** A letter beyond ASCII takes up to four bytes. */
const mayBeLong = /(?<![\w$])[\w$]{64}|"[^"]{64}|[^\0-\x7f]/

/** Comments, strings and dollar quotes first, so that their contents are no names. */
const token =
  /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|(?<dollar>\$\w*\$)[\s\S]*?\k<dollar>|"(?<quoted>(?:[^"]|"")+)"|(?<plain>[\p{L}_][\p{L}\p{N}_$]*)/gu
