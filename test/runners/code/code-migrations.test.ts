import { beforeAll, expect, test } from 'vitest'
import { Catalog } from '../../../src/catalog/catalog.ts'
import { numberFormat } from '../../../src/forecast/numbers.ts'
import { parseJavaScript } from '../../../src/languages/javascript/parser.ts'
import { prepareLanguages } from '../../../src/languages/prepare-languages.ts'
import { defaultPolicy } from '../../../src/policy/policy.ts'
import { runMigrations } from '../../../src/review/run-migrations.ts'
import { codeMigrations, unreadableCode } from '../../../src/runners/code/code-migrations.ts'
import type { SentCall } from '../../../src/runners/code/sent-call.ts'
import { inRounds } from '../../../src/runners/in-rounds.ts'
import { loadParser } from '../../../src/sql/parse.ts'

beforeAll(async () => {
  await loadParser()
  await prepareLanguages(['a.ts'])
})

const how = { runner: 'plain', wrapping: 'autocommit', batch: null, optOut: null } as const

function call(text: string, part: string, sql: string | null, more: Partial<SentCall> = {}): SentCall {
  const start = text.indexOf(part)
  const within = sql === null ? -1 : part.indexOf(sql)
  return {
    direction: 'up',
    start,
    end: start + part.length,
    queries: sql === null ? [] : [{ sql, at: within < 0 ? null : start + within }],
    unread: null,
    dataCode: false,
    when: 'always',
    ...more,
  }
}

test('verbatim SQL is at its own lines, other SQL at its call', () => {
  const text = 'up() {\n  q.query(`\n    SELECT 1;\n    SELECT 2`)\n  t.add("x")\n}\n'
  const [up, ...rest] = codeMigrations({ path: 'a.ts', text }, how, [
    call(text, 'q.query(`\n    SELECT 1;\n    SELECT 2`)', '\n    SELECT 1;\n    SELECT 2'),
    call(text, 't.add("x")', 'ALTER TABLE t ADD x int'),
  ])
  expect(rest).toEqual([])
  expect(up?.statements.map(({ line, column, sql, source }) => [line, column, sql, source])).toEqual([
    [3, 5, 'SELECT 1', 'SELECT 1'],
    [4, 5, 'SELECT 2', 'SELECT 2'],
    [5, 3, 'ALTER TABLE t ADD x int', 't.add("x")'],
  ])
  for (const { start, end, source } of up?.statements ?? []) expect(text.slice(start, end)).toBe(source)
})

test('an unread call is a statement without SQL, a file of nothing else is unreadable', () => {
  const text = 'a(); b(); c()'
  const unread = call(text, 'b()', null, { unread: 'it calls `b()`' })
  const [some] = codeMigrations({ path: 'a.ts', text }, how, [call(text, 'a()', 'SELECT 1'), unread])
  expect(some?.unreadable).toBeNull()
  expect(some?.statements[1]).toMatchObject({ kind: 'unread', sql: null, unread: 'it calls `b()`', source: 'b()' })
  const [none] = codeMigrations({ path: 'a.ts', text }, how, [unread])
  expect(none?.unreadable).toBe('no SQL of it could be read: line 1: it calls `b()`')
  expect(unreadableCode({ path: 'a.ts', text }, how, 'is no file')[0]?.unreadable).toBe('is no file')
})

test('data code is a note, and a down migration exists only with calls', () => {
  const text = 'a(); b()'
  const migrations = codeMigrations({ path: 'a.ts', text }, how, [
    call(text, 'a()', null, { dataCode: true }),
    call(text, 'b()', 'SELECT 1', { direction: 'down' }),
  ])
  expect(migrations.map(({ direction, statements, notes }) => [direction, statements.length, notes.length])).toEqual([
    ['up', 0, 1],
    ['down', 1, 0],
  ])
})

test('statements of one message share an implicit transaction, calls do not', () => {
  const text = 'a(); b()'
  const migrations = codeMigrations({ path: 'a.ts', text }, how, [
    call(text, 'a()', 'CREATE TABLE a (id int); CREATE TABLE b (id int)'),
    call(text, 'b()', 'CREATE TABLE c (id int)'),
  ])
  const { steps } = runMigrations(
    migrations,
    new Catalog({ snapshot: null, knowledge: 'read', serverVersion: 170_000 }),
    defaultPolicy,
    1,
    numberFormat('exact'),
  )
  expect(steps.map(({ transaction }) => transaction?.id ?? null)).toEqual(['t1', 't1', null])
})

test('a conditional statement has effects that depend, and fails for no one', () => {
  const text = 'a(); b(); c()'
  const depends = { when: 'depends' } as const
  const migrations = codeMigrations({ path: 'a.ts', text }, how, [
    call(text, 'a()', 'CREATE TABLE a (id int)'),
    call(text, 'b()', 'ALTER TABLE a ADD x int', depends),
    call(text, 'c()', 'ALTER TABLE missing ADD x int', depends),
  ])
  const { steps } = runMigrations(
    migrations,
    new Catalog({ snapshot: null, knowledge: 'read', serverVersion: 170_000 }),
    defaultPolicy,
    1,
    numberFormat('exact'),
  )
  expect(steps[1]?.effects.map(({ effect }) => effect.when)).toEqual(['depends'])
  expect(steps[2]?.analysis.fails).toBeNull()
})

test('imported files are gathered in rounds until nothing new is asked for', async () => {
  const texts: Record<string, string> = { a: 'b', b: 'c', c: '' }
  const rounds: string[][] = []
  const read = await inRounds(
    new Set(Object.keys(texts)),
    new Map([['a', 'b']]),
    async (paths) => {
      rounds.push(paths)
      return new Map(paths.map((path) => [path, texts[path] ?? null]))
    },
    (project) => {
      const seen: string[] = []
      for (let next = 'a'; next !== ''; next = project.text(next) ?? '') seen.push(next)
      return seen
    },
  )
  expect(read).toEqual(['a', 'b', 'c'])
  expect(rounds).toEqual([['b'], ['c']])
})

test('what is no JavaScript says so with its line', () => {
  const failed = parseJavaScript('a.ts', 'const a = 1\nconst = 2')
  expect(failed.kind === 'failed' && failed.reason).toMatch(/^is not valid TypeScript: .* \(line 2\)$/)
  expect(parseJavaScript('a.js', 'const a = <p/>').kind).toBe('parsed')
})
