import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { prepareLanguages } from '../../src/languages/prepare-languages.ts'
import { loadParser } from '../../src/sql/parse.ts'
import { fixture, migrationsOf } from './project.ts'

const files = fixture('ecto')

beforeAll(async () => {
  await loadParser()
  await prepareLanguages(Object.keys(files))
})

/** Ecto cannot be run here: the recorded statements only hold the reading to what it was. */
const expected = readFileSync(new URL('ecto-expected.txt', import.meta.url), 'utf8')

test('each fixture is read as Ecto sends it', () => {
  const lines = migrationsOf(files).flatMap((migration) => [
    `${migration.path.replace(/^.*\//, '')} ${migration.direction} ${migration.wrapping}`,
    ...migration.notes.map(({ line, message }) => `  ${line}: note ${message}`),
    ...migration.statements.map(({ line, when, sql, unread }) =>
      `  ${line}: ${when === 'depends' ? '? ' : ''}${sql ?? `unread ${unread}`}`.replaceAll('\n', ' '),
    ),
  ])
  expect(lines.join('\n')).toBe(expected.trimEnd())
})

test('every statement parses', () => {
  const failed = migrationsOf(files).flatMap(({ statements }) => statements.filter(({ error }) => error !== null))
  expect(failed).toEqual([])
})
