import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/**
 * The order of the folders of src/: each imports only from those above it. The border runs below `report`: what is above
 * knows no database, no GitHub and no network.
 */
const pure = [
  'policy',
  'uses',
  'sql',
  'languages',
  'runners',
  'catalog',
  'effects',
  'forecast',
  'plans',
  'hazards',
  'review',
  'fix',
  'report',
]
const world = ['replica', 'shadow', 'store', 'github', 'server', 'cli']
const order = [...pure, ...world]

/** Of the world's folders, those that may put it together with the core. */
const wiring = ['server', 'cli']

/** Packages and built-in modules that a pure folder may import. */
const harmless =
  /^(libpg-query|oxc-parser|@ruby\/prism\/src\/parsePrism\.js|@lezer\/python|lezer-elixir|@pgsql\/types|pgsql-deparser|wrap-ansi|string-width|yaml|zod|node:(crypto|util|buffer|path(\/posix)?))$/

/** Parsers that are WebAssembly: sql/ loads one once and settles how V8 compiles, languages/ruby reads another's file. */
const loading: Record<string, RegExp> = {
  // Carries errors out of the core; nothing comes in by it.
  'effects/analysis-bug.ts': /^node:diagnostics_channel$/,
  'sql/parse.ts': /^node:(module|v8)$/,
  'sql/wasm-compiler.ts': /^node:(module|v8)$/,
  'languages/ruby/ruby-parse.ts': /^node:(module|fs\/promises)$/,
}

const source = fileURLToPath(new URL('../src/', import.meta.url))

interface Import {
  file: string
  folder: string
  /** A folder of src/ or the name of a package. */
  target: string
  /** Of a folder: the imported file, relative to src/. */
  path: string | null
}

const imports = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .flatMap(importsOf)

test('every folder has its place in the order', () => {
  const folders = new Set(imports.map(({ folder }) => folder))
  expect([...folders].filter((folder) => !order.includes(folder))).toEqual([])
})

test('a folder imports only from those above it', () => {
  const wrong = imports.filter(
    ({ folder, target, path }) => path !== null && order.indexOf(target) > order.indexOf(folder),
  )
  expect(wrong.map(importText)).toEqual([])
})

/** Rooms inside a big folder, by the same law; what lies at the folder's top may import all of them. */
const rooms: Record<string, string[]> = { effects: ['model', 'names', 'tables', 'calls', 'statements'] }

test.each(Object.entries(rooms))('inside %s a room imports only from those above it', (folder, order) => {
  const roomOf = (path: string): number => {
    const [, room = '', more] = path.split('/')
    return more === undefined ? order.length : order.indexOf(room)
  }
  const inside = imports.filter((entry) => entry.folder === folder && entry.target === folder && entry.path !== null)
  expect(inside.filter(({ file }) => roomOf(file) < 0).map(({ file }) => file)).toEqual([])
  expect(inside.filter(({ file, path }) => roomOf(path ?? '') > roomOf(file)).map(importText)).toEqual([])
})

describe('the pure folders', () => {
  const own = imports.filter(({ folder, path }) => pure.includes(folder) && path === null)

  test('import no package that reaches the world', () => {
    const allowed = ({ file, target }: Import) => harmless.test(target) || loading[file]?.test(target)
    expect(own.filter((item) => !allowed(item)).map(importText)).toEqual([])
  })

  test.each(pure)('%s reads no file, clock or environment', (folder) => {
    const texts = readdirSync(join(source, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => ({ path, text: readFileSync(join(source, folder, path), 'utf8') }))
    const reaching = texts.filter(({ text }) =>
      /\b(process\.|Date\.now\(|new Date\(\)|Math\.random\(|fetch\()/.test(text),
    )
    expect(reaching.map(({ path }) => path)).toEqual([])
  })
})

test('only server and cli put the world together', () => {
  const wrong = imports.filter(
    ({ folder, target, path }) =>
      path !== null &&
      world.includes(folder) &&
      world.includes(target) &&
      folder !== target &&
      !wiring.includes(folder),
  )
  expect(wrong.map(importText)).toEqual([])
})

test('a file is known by its name alone', () => {
  const names = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, name: path.replace(/^.*\//, '') }))
  const twice = names.filter(({ path, name }) => names.some((other) => other.name === name && other.path !== path))
  expect(twice.map(({ path }) => path)).toEqual([])
})

test('what is exported is imported somewhere', () => {
  const files = ['src', 'test', 'bench', 'scripts'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.includes('node_modules') && !path.includes('tools/fixtures/'))
      .map((path) => ({ path: join(folder, path), text: readFileSync(join(folder, path), 'utf8') })),
  )
  const taken = new Set(files.flatMap(({ path, text }) => takenBy(path, text)))
  const unused = files
    // `lockcast demo` loads its support by address; scripts write files that export.
    .filter(({ path }) => /^(src|test)\//.test(path) && path !== 'test/support/demo.ts')
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm)].map(
        ([, name]) => `${path} ${name}`,
      ),
    )
    .filter((name) => !taken.has(name))
  expect(unused).toEqual([])
})

/** `path name` of all that a file takes from others: by name, as a whole (`* as`), or when it runs. */
function takenBy(path: string, text: string): string[] {
  const named = /\{([^{}]*)\} (?:from|= await import\()\s*'(\.[^']+)'/g
  const whole = /import \* as (\w+) from '(\.[^']+)'/g
  const from = (specifier = ''): string => join(dirname(path), specifier)
  return [
    ...[...text.matchAll(named)].flatMap(([, names = '', specifier]) =>
      names.split(',').map((name) => `${from(specifier)} ${/(\w+)(?: as \w+|: \w+)?$/.exec(name.trim())?.[1]}`),
    ),
    ...[...text.matchAll(whole)].flatMap(([, alias, specifier]) =>
      [...text.matchAll(new RegExp(`\\b${alias}\\.(\\w+)`, 'g'))].map(([, name]) => `${from(specifier)} ${name}`),
    ),
  ]
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), 'utf8')
  const [folder = ''] = file.split('/')
  const specifiers = [...text.matchAll(/(?:(?<!')\bfrom|^import|\bimport\()\s*'([^'\n]+)'/gm)].map(
    ([, name]) => name ?? '',
  )
  return specifiers.map((name) => {
    if (!name.startsWith('.')) return { file, folder, target: name, path: null }
    const path = relative(source, join(source, dirname(file), name))
    return { file, folder, target: path.split('/')[0] ?? '', path }
  })
}

function importText({ file, target, path }: Import): string {
  return `${file} imports ${path ?? target}`
}
