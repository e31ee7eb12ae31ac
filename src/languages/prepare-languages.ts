import { loadElixir } from './elixir/elixir-parse.ts'
import { loadJavaScript } from './javascript/parser.ts'
import { loadPython } from './python/python-parse.ts'
import { loadRuby } from './ruby/ruby-parse.ts'

/** By the files' endings: how the parser of a language is loaded. Each loads once; later calls are free. */
const languages: { files: RegExp; load: () => Promise<void> }[] = [
  { files: /\.[cm]?[jt]sx?$/, load: loadJavaScript },
  { files: /\.rb$/, load: loadRuby },
  { files: /\.py$/, load: loadPython },
  { files: /\.exs?$/, load: loadElixir },
]

/**
 * Loads the parsers that reading these files takes, and no other: a review of SQL files loads none. Await it before the
 * migrations are read.
 */
export async function prepareLanguages(paths: Iterable<string>): Promise<void> {
  const all = [...paths]
  await Promise.all(languages.flatMap(({ files, load }) => (all.some((path) => files.test(path)) ? [load()] : [])))
}
