import { defineHazard } from '../hazard.ts'
import { longNames } from '../long-names.ts'

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
  detect: (scene) =>
    scene.steps.flatMap((step) => {
      const [name] = step.migration.direction === 'up' ? longNames(step.statement.sql) : []
      return name === undefined ? [] : [{ step, severity: 'low' as const, relation: null, rows: null, name }]
    }),
  tell: ({ name }) => ({
    message: `\`${name}\` has ${Buffer.byteLength(name)} bytes: PostgreSQL keeps the first 63`,
    why: 'The object has another name than the file says.',
    alternative: { summary: 'Use a name of at most 63 bytes.', steps: [] },
  }),
  examples: {
    bad: [
      {
        title: '70 bytes',
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
