import { describe, expect, test } from 'vitest'
import { codeFacts, mostPlaces } from '../../src/uses/code-uses.ts'
import { formsOf } from '../../src/uses/named-in-code.ts'
import { codeFilter } from '../../src/uses/paths.ts'
import { finder, removedLines } from '../../src/uses/search.ts'
import { mayHold, wordHashes } from '../../src/uses/words.ts'

/** Where a text names a column or table: whole words, in every case that code uses. */

const code = { table: 'order_items', column: 'shipping_code' }

describe('a name in code', () => {
  test.each([
    ['snake case', 'select shipping_code from x'],
    ['camel case', 'row.shippingCode'],
    ['Pascal case', 'func (o Order) ShippingCode() string'],
    ['constant case', 'SHIPPING_CODE = 1'],
    ['a variable', '$shipping_code'],
    ['a Ruby symbol', ':shipping_code'],
    ['a quoted name', '"shipping_code"'],
    ['before a letter of another word', 'ä shipping_code'],
    ['at the very start', 'shipping_code'],
  ])('%s is found', (_words, text) => {
    expect(finder([code]).find('a.ts', text)).toHaveLength(1)
  })

  test.each([
    ['a longer word', 'old_shipping_code'],
    ['one with more behind', 'shipping_codes shipping_code2 shippingCodes'],
    ['a part', 'shipping code'],
    ['another case', 'shippingcode Shipping_Code'],
    ['a word with an umlaut behind', 'shipping_codeä'],
  ])('%s is not', (_words, text) => {
    expect(finder([code]).find('a.ts', text)).toEqual([])
  })

  test('a quoted mixed-case column is looked for as it stands and in the other cases', () => {
    expect(formsOf('createdAt')).toEqual(['createdAt', 'created_at', 'CreatedAt', 'CREATED_AT'])
    expect(formsOf('first name')).toContain('first name')
  })

  test('lines are counted, and a line counts once', () => {
    const found = finder([code]).find('a.ts', 'a\nshipping_code, shippingCode\r\nb\nshipping_code\n')
    expect(found.map(({ line }) => line)).toEqual([2, 4])
  })

  test('several names are found in one pass, the same word of two tables twice', () => {
    const other = { table: 'customers', column: 'shipping_code' }
    const table = { table: 'order_items', column: null }
    const found = finder([code, other, table]).find('a.ts', 'OrderItems.shipping_code')
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining([code, other, table]))
  })

  test.each([
    ['in its text', 'a.ts', 'class OrderItem {}\nshippingCode', true],
    ['in its path', 'app/models/order_item.rb', 'validates :shipping_code', true],
    ['nowhere', 'a.ts', 'shippingCode', false],
  ])('the file names the table %s', (_words, path, text, near) => {
    expect(finder([code]).find(path, text)[0]?.near).toBe(near)
  })

  test('a name with signs of regular expressions does no harm', () => {
    expect(finder([{ table: 't', column: 'a.*b' }]).find('a', 'xxb a.*b')).toHaveLength(1)
  })
})

test('the likeliest places are kept and all are counted', () => {
  const { find } = finder([code])
  const far = Array.from({ length: 50 }, (_, i) => find(`a${i}.ts`, 'shipping_code')).flat()
  const facts = codeFacts({
    where: 'here',
    uses: [...far, ...find('z/order_items.ts', 'shipping_code')],
    removed: [],
    searched: 51,
    leftOut: {},
    unsearched: {},
  })
  expect(facts.uses).toHaveLength(mostPlaces)
  expect(facts.uses[0]?.path).toBe('z/order_items.ts')
  expect(facts.counts).toEqual({ 'order_items.shipping_code': 51 })
})

test('what a diff takes away stands at its old lines', () => {
  const patch =
    '@@ -3,4 +3,3 @@ x\n keep\n-one\n-two\n+three\n keep\n@@ -20 +19 @@\n-last\n\\ No newline at end of file'
  expect(removedLines(patch)).toEqual([
    { line: 4, text: 'one' },
    { line: 5, text: 'two' },
    { line: 20, text: 'last' },
  ])
})

describe('files that do not count as code', () => {
  const reasonOf = codeFilter(['db/V1__a.sql'], ['legacy/**'], ['shop.json'])
  test.each([
    ['db/V1__a.sql', 'migrations and schema dumps'],
    ['shop/migrations/0001_initial.py', 'migrations and schema dumps'],
    ['db/migrate/2026_a.rb', 'migrations and schema dumps'],
    ['package-lock.json', 'lock files'],
    ['api/Cargo.lock', 'lock files'],
    ['vendor/github.com/x/y.go', 'vendored or generated'],
    ['web/app.min.js', 'vendored or generated'],
    ['README.md', 'documentation'],
    ['docs/orders.py', 'documentation'],
    ['logo.png', 'binary'],
    ['legacy/app.php', 'ignored by the policy'],
    ['shop.json', 'snapshots of the database'],
    ['src/app.ts', null],
    ['queries/orders.sql', null],
    ['prisma/schema.prisma', null],
  ])('%s: %s', (path, reason) => {
    expect(reasonOf(path)).toBe(reason)
  })
})

describe('hashes of words', () => {
  const hashes = wordHashes(Buffer.from('const x = row.shippingCode // größe'))

  test.each([
    [{ table: 't', column: 'shipping_code' }, true],
    [{ table: 't', column: 'größe' }, true],
    [{ table: 't', column: 'shipping' }, false],
    [{ table: 'row', column: null }, true],
  ])('%o: %s', (name, may) => {
    expect(mayHold([name])(hashes)).toBe(may)
  })

  test('never miss what the finder finds', () => {
    for (const word of ['shipping_code', 'createdAt', 'ID', 'a1_b2', 'first name', 'größe_x']) {
      const name = { table: 't', column: word }
      for (const form of formsOf(word)) {
        const text = `x.${form};`
        expect(finder([name]).find('a', text), form).toHaveLength(1)
        expect(mayHold([name])(wordHashes(Buffer.from(text))), form).toBe(true)
      }
    }
  })
})
