import { readdirSync, readFileSync } from 'node:fs'

/** One statement whose effects are known by running it, with what is committed before. */
export interface Case {
  file: string
  line: number
  before: string | null
  sql: string
  /** The first and last major version that knows the syntax. */
  from: number
  to: number
  /** What came before is only known from its statements: a catalog tells no bodies of functions. */
  evolved: boolean
  /** Why the model leaves it open on purpose. */
  open: string | null
}

/**
 * Every case of the catalogue: paragraphs of the files under cases/. `--! sql` above a statement is run and committed
 * before; `--! from 14` and `--! to 16` name the versions it runs on; `--! open reason` is what the model says of it;
 * `--! evolved`: the model knows of what came before only from its statements, as in one review.
 */
export function cases(major?: number): Case[] {
  const folder = new URL('./cases/', import.meta.url)
  const all = readdirSync(folder)
    .sort()
    .flatMap((file) => {
      let line = 1
      return readFileSync(new URL(file, folder), 'utf8')
        .split(/(?<=\n)\n+/)
        .flatMap((paragraph): Case[] => {
          const at = line
          line += paragraph.split('\n').length
          return read(paragraph, file, at)
        })
    })
  return major === undefined ? all : all.filter((item) => item.from <= major && major <= item.to)
}

/** Cases of what is a name's fault fail before anything is locked: the page of locks leaves them out. */
export function isOnPage(item: Case): boolean {
  return !item.file.startsWith('names-')
}

function read(paragraph: string, file: string, line: number): Case[] {
  const lines = paragraph
    .split('\n')
    .filter((name) => name.trim() !== '' && (name.startsWith('--!') || !name.startsWith('--')))
  const notes = lines.flatMap((name) => (name.startsWith('--!') ? [name.slice(3).trim()] : []))
  const note = (pattern: RegExp): string | null => notes.map((name) => pattern.exec(name)?.[1]).find(Boolean) ?? null
  const before = notes.filter((name) => !/^(from \d+|to \d+|open .*|evolved)$/.test(name))
  const sql = lines
    .filter((name) => !name.startsWith('--!'))
    .join('\n')
    .replace(/;\s*$/, '')
  if (!sql) return []
  return [
    {
      file,
      line,
      before: before.length > 0 ? before.join(';') : null,
      sql,
      from: Number(note(/^from (\d+)$/) ?? 0),
      to: Number(note(/^to (\d+)$/) ?? 99),
      evolved: notes.includes('evolved'),
      open: note(/^open (.*)$/),
    },
  ]
}
