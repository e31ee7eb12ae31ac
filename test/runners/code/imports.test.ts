import { beforeAll, expect, test } from 'vitest'
import { prepareLanguages } from '../../../src/languages/prepare-languages.ts'
import { loadParser } from '../../../src/sql/parse.ts'
import { fixture, migrationsOf } from '../project.ts'

beforeAll(async () => {
  await loadParser()
  await prepareLanguages(['a.py', 'a.rb', 'a.exs'])
})

/** Each migration with its statements, one a line: its line, `?` where a branch decides, and its SQL or why it is not read. */
function readingOf(name: string): string {
  return migrationsOf(fixture(name))
    .flatMap(({ path, direction, wrapping, unreadable, notes, statements }) => [
      `${path} ${direction} ${wrapping}${unreadable === null ? '' : ` unreadable: ${unreadable}`}`,
      ...notes.map(({ line, message }) => `  ${line} note: ${message}`),
      ...statements.map(({ line, when, sql, unread, error }) => {
        const words = sql?.replace(/\s+/g, ' ') ?? `not read: ${unread}`
        return `  ${line} ${when === 'depends' ? '? ' : ''}${words}${error ? ` error: ${error.message}` : ''}`
      }),
    ])
    .join('\n')
}

test.each(['alembic-imports', 'rails-imports', 'ecto-imports'])('%s', async (name) => {
  await expect(`${readingOf(name)}\n`).toMatchFileSnapshot(`imports/${name}.txt`)
})
