import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

/** The files that decide the answers: the questions, and the servers that are asked. */
const questions = ['scripts/server-facts.ts', 'src/catalog/syntax-features.ts', 'test/truth/servers/package.json']

const root = new URL('../../', import.meta.url)

/**
 * Text of stamp.json: a digest of the questions and one of the answers, by which a check without a server finds that the
 * script changed and was not run, or that the data was edited by hand.
 */
export function stampOf(files: Record<string, string>): string {
  const asking = readdirSync(new URL('scripts/server-facts/', root)).map((name) => `scripts/server-facts/${name}`)
  const asked = [...questions, ...asking].sort().map((path) => readFileSync(new URL(path, root), 'utf8'))
  const answered = Object.keys(files)
    .sort()
    .map((name) => files[name] ?? '')
  return `{ "questions": "${digest(asked)}", "answers": "${digest(answered)}" }\n`
}

function digest(texts: string[]): string {
  return createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 32)
}
