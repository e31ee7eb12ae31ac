import { readdirSync, readFileSync } from 'node:fs'

/** One statement whose effects are known by running it, with what is committed before. */
export interface Case {
  file: string
  line: number
  before: string | null
  sql: string
}

/** Every case of the catalogue: paragraphs of the files under cases/, `--!` lines run before. */
export function cases(): Case[] {
  const folder = new URL('./cases/', import.meta.url)
  return readdirSync(folder)
    .sort()
    .flatMap((file) => {
      const text = readFileSync(new URL(file, folder), 'utf8')
      let line = 1
      return text.split(/(?<=\n)\n+/).flatMap((paragraph): Case[] => {
        const at = line
        line += paragraph.split('\n').length
        const lines = paragraph
          .split('\n')
          .filter((one) => one.trim() !== '' && (one.startsWith('--!') || !one.startsWith('--')))
        const before = lines.flatMap((one) => (one.startsWith('--!') ? [one.slice(3).trim()] : []))
        const sql = lines
          .filter((one) => !one.startsWith('--!'))
          .join('\n')
          .replace(/;\s*$/, '')
        return sql ? [{ file, line: at, before: before.length > 0 ? before.join(';') : null, sql }] : []
      })
    })
}
