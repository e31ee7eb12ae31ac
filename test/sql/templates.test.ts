import { expect, test } from 'vitest'
import { only, reviewSql, told } from '../support/review.ts'

const templates = {
  'a name between @': 'CREATE TABLE @extschema@.nodes (id int);',
  'a name of Jinja': 'ALTER TABLE {{ table }} ADD COLUMN a int;',
  'a branch of Jinja': '{% if wide %}\nALTER TABLE wide ADD COLUMN a int;\n{% endif %}',
  'a name of ERB': 'ALTER TABLE <%= table %> ADD COLUMN a int;',
  'a name of Python': 'ALTER TABLE %(table)s ADD COLUMN a int;',
  'a name of Ruby': 'ALTER TABLE #{table} ADD COLUMN a int;',
  'a part of a statement': 'CREATE TABLE t (id int {{ more columns }} , , b int);',
  'a name in the body of a function':
    'CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN @extschema@.g(); END $$;',
}

test.each(Object.entries(templates))('%s is no failure that is certain', (_title, sql) => {
  const reviewed = reviewSql(sql)
  expect(reviewed.findings.filter(({ message }) => message.startsWith('Will fail'))).toEqual([])
  expect(reviewed.files.flatMap(({ statements }) => statements.flatMap(({ fails }) => fails ?? []))).toEqual([])
})

test('a template is not taken for safe', () => {
  expect(told(reviewSql(templates['a part of a statement']))).toContain('cannot-be-judged medium')
})

test('a text that holds a name of psql and does not parse otherwise still fails', () => {
  expect(only(reviewSql('ALTER TABEL orders ADD COLUMN :name int;'), 'syntax-error').severity).toBe('critical')
})
