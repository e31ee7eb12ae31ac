import { describe, expect, test } from 'vitest'
import type { Review } from '../../src/review/result.ts'
import { commitAll, git, inFolder, inRepository, put, reviewIn } from '../support/command-line.ts'

/** Changes of migrations that no runner reads, of other databases, and of models without a migration. */

const java = 'public class V2__Fill extends BaseJavaMigration { public void migrate(Context c) {} }\n'
const schema = (field: string) =>
  `datasource db {\n  provider = "postgresql"\n}\nmodel Order {\n  id Int @id\n${field}}\n`

async function since(before: Record<string, string>, change: (folder: string) => void, config = '') {
  return inRepository({ ...before, ...(config ? { '.github/lockcast.yml': config } : {}) }, async (folder) => {
    git(folder, 'switch', '--quiet', '--create', 'change')
    change(folder)
    commitAll(folder)
    const { exit, stdout } = await reviewIn(folder, [], { base: 'main' })
    return { exit, reviewed: JSON.parse(stdout) as Review }
  })
}

describe('a migration that no runner reads fails the review', () => {
  test.each<[string, Record<string, string>, (folder: string) => void, string]>([
    ['added', {}, (folder) => put(folder, { 'app/V2__Fill.java': java }), 'app/V2__Fill.java'],
    [
      'edited',
      { 'app/V2__Fill.java': java },
      (folder) => put(folder, { 'app/V2__Fill.java': `${java}// more\n` }),
      'app/V2__Fill.java',
    ],
    [
      'renamed',
      { 'app/V2__Fill.java': java },
      (folder) => git(folder, 'mv', 'app/V2__Fill.java', 'app/V3__Fill.java'),
      'app/V3__Fill.java',
    ],
    [
      'copied, where git finds copies',
      { 'app/V2__Fill.java': java.repeat(3) },
      (folder) => {
        git(folder, 'config', 'diff.renames', 'copies')
        put(folder, { 'app/V2__Fill.java': `${java.repeat(3)}// v2\n`, 'app/V3__Fill.java': java.repeat(3) })
      },
      'app/V3__Fill.java',
    ],
  ])('%s', async (_how, before, change, path) => {
    const { exit, reviewed } = await since(before, change)
    expect(exit).toBe(2)
    expect(reviewed.verdict).toBe('fail')
    expect(reviewed.unread.map((item) => item.path)).toContain(path)
    expect(reviewed.notes.join()).not.toContain('No migration changed')
  })

  test('named on the command line, or in a folder', async () => {
    await inFolder({ 'db/V2__Fill.java': java, 'db/V1__a.sql': 'CREATE TABLE a (id int);' }, async (folder) => {
      for (const path of ['db/V2__Fill.java', 'db']) {
        const { exit, stdout } = await reviewIn(folder, [path])
        expect([exit, (JSON.parse(stdout) as Review).unread.map((item) => item.path)]).toEqual([
          2,
          ['db/V2__Fill.java'],
        ])
      }
    })
  })

  test('with `unread: notice` it is a low finding', async () => {
    const { exit, reviewed } = await since({}, (folder) => put(folder, { 'V2__Fill.java': java }), 'unread: notice\n')
    expect([exit, reviewed.verdict, reviewed.unread]).toEqual([0, 'pass', []])
    expect(reviewed.findings).toMatchObject([{ hazard: 'not-reviewed', severity: 'low', path: 'V2__Fill.java' }])
  })

  test('beside a migration that is read, which is reviewed all the same', async () => {
    const { exit, reviewed } = await since({ 'db/V1__a.sql': 'CREATE TABLE a (id int);' }, (folder) =>
      put(folder, { 'db/V2__Fill.java': java, 'db/V3__drop.sql': 'DROP TABLE a;' }),
    )
    expect(exit).toBe(2)
    expect(reviewed.findings.map(({ hazard }) => hazard)).toEqual(
      expect.arrayContaining(['not-reviewed', 'drop-table']),
    )
  })
})

test('migrations of other databases are named and have no effect on the exit code', async () => {
  const { exit, reviewed } = await since({ 'db/postgres/1.sql': '' }, (folder) =>
    put(folder, { 'db/mysql/migrations/2.sql': 'ALTER TABLE `a` DROP COLUMN `b`;\n' }),
  )
  expect([exit, reviewed.verdict, reviewed.files]).toEqual([0, 'pass', []])
  expect(reviewed.skipped).toEqual([
    { path: 'db/mysql/migrations/2.sql', reason: 'not PostgreSQL, not reviewed: MySQL, by folder db/mysql/' },
  ])
  expect(reviewed.notes).toEqual(['No PostgreSQL migration changed.'])
})

describe('a model without a migration', () => {
  test.each<[string, string, string, string]>([
    ['Prisma', 'prisma/schema.prisma', schema(''), schema('  note String?\n')],
    [
      'Drizzle',
      'src/db/schema.ts',
      "import { pgTable, integer } from 'drizzle-orm/pg-core'\nexport const a = pgTable('a', { id: integer('id') })\n",
      "import { pgTable, integer } from 'drizzle-orm/pg-core'\nexport const a = pgTable('a', { id: integer('id'), b: integer('b') })\n",
    ],
    [
      'Django',
      'shop/models.py',
      'from django.db import models\nclass Order(models.Model):\n    total = models.IntegerField()\n',
      'from django.db import models\nclass Order(models.Model):\n    total = models.BigIntegerField()\n',
    ],
    [
      'TypeORM',
      'src/order.entity.ts',
      '@Entity()\nexport class Order {\n  @Column()\n  total: number\n}\n',
      "@Entity()\nexport class Order {\n  @Column({ type: 'bigint' })\n  total: number\n}\n",
    ],
    ['a dump of the schema', 'db/structure.sql', 'CREATE TABLE a (id int);\n', 'CREATE TABLE a (id int, b int);\n'],
  ])('%s: one notice when the schema changes', async (_tool, path, before, after) => {
    const { exit, reviewed } = await since({ [path]: before }, (folder) => put(folder, { [path]: after }))
    expect(exit).toBe(0)
    expect(reviewed.notes).toHaveLength(1)
    expect(reviewed.notes[0]).toMatch(new RegExp(`^The schema in ${path} changes and no migration comes with it`))
    const beside = await since({ [path]: before }, (folder) =>
      put(folder, { [path]: after, 'migrations/2.sql': "SET lock_timeout = '3s';\nALTER TABLE a ADD COLUMN b int;\n" }),
    )
    expect(beside.reviewed.notes.join()).not.toContain('no migration comes with it')
  })

  test.each<[string, string, string, string]>([
    ['a comment', 'prisma/schema.prisma', schema(''), `// shop\n${schema('').replace('  id Int', '  id   Int')}`],
    [
      'a method',
      'shop/models.py',
      'from django.db import models\nclass Order(models.Model):\n    total = models.IntegerField()\n',
      "from django.db import models\nclass Order(models.Model):\n    total = models.IntegerField(help_text='x')\n\n    def double(self):\n        return self.total * 2\n",
    ],
    [
      'a query beside the tables',
      'src/db/schema.ts',
      "import { pgTable, integer } from 'drizzle-orm/pg-core'\nexport const a = pgTable('a', { id: integer('id') })\n",
      "import { pgTable, integer } from 'drizzle-orm/pg-core'\nexport const a = pgTable('a', {\n  id: integer('id'),\n})\nexport const all = () => db.select().from(a)\n",
    ],
    [
      'a method of an entity',
      'src/order.entity.ts',
      '@Entity()\nexport class Order {\n  @Column()\n  total: number\n}\n',
      '@Entity()\nexport class Order {\n  @Column()\n  total: number\n\n  double() {\n    return this.total * 2\n  }\n}\n',
    ],
  ])('only %s changes: nothing is said', async (_what, path, before, after) => {
    const { reviewed } = await since({ [path]: before }, (folder) => put(folder, { [path]: after }))
    expect(reviewed.notes).toEqual(['No migration changed.'])
  })
})
