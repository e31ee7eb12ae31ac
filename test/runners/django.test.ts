import { beforeAll, expect, test } from 'vitest'
import { prepareLanguages } from '../../src/languages/prepare-languages.ts'
import { loadParser } from '../../src/sql/parse.ts'
import { migrationsOf } from './project.ts'

beforeAll(async () => {
  await loadParser()
  await prepareLanguages(['a.py'])
})

const initial = (length: number): string => `
from django.db import migrations, models
class Migration(migrations.Migration):
    operations = [migrations.CreateModel("Item", [("id", models.AutoField(primary_key=True)), ("code", models.CharField(max_length=${length}))])]
`
const next = `
from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.AlterField("item", "code", models.CharField(max_length=20))]
`

test('two projects of one repository keep their states apart', () => {
  const files = {
    'one/manage.py': '',
    'one/shop/migrations/__init__.py': '',
    'one/shop/migrations/0001_initial.py': initial(10),
    'one/shop/migrations/0002_code.py': next,
    'two/manage.py': '',
    'two/shop/migrations/__init__.py': '',
    'two/shop/migrations/0001_initial.py': initial(20),
    'two/shop/migrations/0002_code.py': next,
  }
  const second = migrationsOf(files).filter(({ path, direction }) => path.includes('0002') && direction === 'up')
  expect(second.map(({ path, statements }) => `${path} ${statements.map(({ sql }) => sql).join('; ')}`)).toEqual([
    'one/shop/migrations/0002_code.py ALTER TABLE "shop_item" ALTER COLUMN "code" TYPE varchar(20)',
    'two/shop/migrations/0002_code.py ',
  ])
})

test('a migration whose dependency is missing is unread, never silent', () => {
  const [only] = migrationsOf({ 'shop/migrations/__init__.py': '', 'shop/migrations/0002_code.py': next })
  expect(only?.unreadable).toContain('the model shop.item is not in the migrations of this repository')
})

test('files are put in order before a parser is loaded', () => {
  const paths = migrationsOf({
    'a/migrations/__init__.py': '',
    'a/migrations/0001_b.py': next.replace('"shop", "0001_initial"', '"b", "0002_x"'),
    'b/migrations/__init__.py': '',
    'b/migrations/0002_x.py': initial(5),
  }).map(({ path }) => path)
  expect([...new Set(paths)]).toEqual(['b/migrations/0002_x.py', 'a/migrations/0001_b.py'])
})
