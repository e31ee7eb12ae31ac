import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'

/** Pages that are written by hand; generated ones quote SQL and names of examples. */
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .filter((path) => !readFileSync(path, 'utf8').includes('Generated from the code')),
].filter((path) => existsSync(path))

/** Names that the pages invent for something that the reader adds. */
const invented = /my-tool|security-label/

const sources = ['src', 'test', 'scripts', 'bench'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.includes('node_modules'))
    .map((path) => readFileSync(join(folder, path), 'utf8')),
)
const code = sources.join('\n')

describe.each(pages)('%s', (page) => {
  const text = readFileSync(page, 'utf8').replace(/^```[\s\S]*?^```/gm, '')
  const quoted = [...text.matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name)

  test('names only files and folders that exist', () => {
    const paths = quoted.filter((name) => /^(src|test|scripts|bench|docs|schema|fixtures)\/[\w./-]*$/.test(name))
    expect(paths.filter((path) => !existsSync(path) && !invented.test(path))).toEqual([])
  })

  test('names only identifiers that the code has', () => {
    const identifiers = quoted
      .filter((name) => /^[a-z]+[A-Z]\w+(\(.*\))?$/.test(name))
      .map((name) => name.replace(/\(.*$/, ''))
    expect(identifiers.filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([])
  })

  test('links only to files that exist', () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)/g)].map(([, target = '']) => target)
    const local = links.filter((target) => !/^[a-z]+:/.test(target))
    expect(local.filter((target) => !existsSync(join(dirname(page), target)))).toEqual([])
  })

  test('runs only scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
    const named = [...readFileSync(page, 'utf8').matchAll(/npm run (?:--\S+ )*([a-z][\w:-]*)/g)].map(
      ([, name = '']) => name,
    )
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })
})
