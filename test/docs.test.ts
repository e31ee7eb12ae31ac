import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { parsePolicy } from '../src/policy/policy.ts'

const pages = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const readme = readFileSync('README.md', 'utf8')

test("the README's role is word for word the one of docs/replica.md, which is run in the tests", () => {
  expect(blocks(readme, 'sql').at(-1)).toBe(blocks(readFileSync('docs/replica.md', 'utf8'), 'sql')[0])
})

test.each(pages)('every link of %s leads to a file, and to a heading in it', (page) => {
  const text = readFileSync(page, 'utf8')
  const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
  const dead = links.filter(([, path = '', anchor]) => {
    const target = path === '' ? page : join(dirname(page), path)
    return !existsSync(target) || (anchor !== undefined && !headings(readFileSync(target, 'utf8')).includes(anchor))
  })
  expect(dead.map(([link]) => link)).toEqual([])
})

test('the example of the policy is one', () => {
  const [example = ''] = blocks(readFileSync('docs/policy.md', 'utf8'), 'yaml')
  expect(parsePolicy(example, 'policy.md').problems).toEqual([])
})

test('every key of the policy is documented', () => {
  const rows = readFileSync('docs/policy.md', 'utf8').match(/^\| `.*$/gm) ?? []
  expect(rows.length).toBeGreaterThan(20)
  expect(rows.filter((row) => /\|\s*\|\s*$/.test(row))).toEqual([])
})

test('the README names every permission of app.yml, every variable that the server reads, and no other', () => {
  const { default_permissions: permissions } = parse(readFileSync('app.yml', 'utf8')) as {
    default_permissions: Record<string, string>
  }
  for (const [name, access] of Object.entries(permissions)) expect(readme).toContain(`| \`${name}: ${access}\` |`)
  const config = ['src/server/config.ts', 'src/github/client/api-address.ts']
    .map((path) => readFileSync(path, 'utf8'))
    .join()
  const read = new Set([...config.matchAll(/\benv\.([A-Z_]+)|\b([A-Z]+_[A-Z_]+): \w+/g)].map(([, a, b]) => a ?? b))
  const table = readme.slice(readme.indexOf('| variable |'), readme.indexOf('Missing or wrong settings'))
  const named = new Set([...table.matchAll(/`([A-Z]+(?:_[A-Z]+)*)`/g)].map(([, name]) => name))
  expect([...named].sort()).toEqual([...read].sort())
})

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, body]) => body ?? '')
}

/** As GitHub makes anchors of headings. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}
