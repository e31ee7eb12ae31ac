import type { Migration } from '../runners/runner.ts'

/** A statement's text with the author's comments that belong to it. */
export interface SourcePart {
  /** Verbatim, without the last semicolon. */
  sql: string
  /** Comments and blank lines above it, without the tool's own lines. */
  lead: string
  /** A comment behind it on its last line. */
  tail: string
}

/** The statements of a migration, each with its comments. `text` is the whole file. */
export function sourceParts({ statements }: Migration, text: string, directive: RegExp | null): SourcePart[] {
  return statements.map((statement, at) => {
    const { leading } = statement
    const behind = statements[at + 1]?.leading ?? text.slice(afterSemicolon(text, statement.end))
    return {
      sql: text.slice(statement.start, statement.end),
      lead: withoutDirectives(at === 0 ? leading : leading.slice(tailOf(leading).length), directive),
      tail: tailOf(behind),
    }
  })
}

/** Where a migration's statements are in the file: from the first one's comments to the last one's semicolon and comment. */
export function spanOf(
  { statements }: Migration,
  text: string,
  directive: RegExp | null,
): { from: number; to: number } {
  const [first, last] = [statements[0], statements.at(-1)]
  if (!first || !last) return { from: 0, to: 0 }
  const begin = Math.max(0, first.start - first.leading.length)
  const lines = text.slice(begin, first.start).split(/(?<=\n)/)
  const own = directive === null ? -1 : lines.findLastIndex((line) => directive.test(line.trim()))
  const from = begin + lines.slice(0, own + 1).join('').length
  const end = afterSemicolon(text, last.end)
  return { from, to: end + tailOf(text.slice(end)).length }
}

/** Whether something else than its comments is between the statements: another part of the file, which would be lost. */
export function isInterrupted({ statements }: Migration, text: string): boolean {
  return statements.slice(1).some(({ start, leading }) => text.slice(start - leading.length, start) !== leading)
}

function afterSemicolon(text: string, end: number): number {
  const gap = /^\s*;/.exec(text.slice(end, end + 200))
  return gap ? end + gap[0].length : end
}

/** A comment on the rest of the line. */
function tailOf(behind: string): string {
  const comment = /^[ \t]*--[^\r\n]*/.exec(behind)?.[0] ?? ''
  return comment.includes('--> statement-breakpoint') ? '' : comment
}

/** Also without blank lines at its ends. */
function withoutDirectives(text: string, directive: RegExp | null): string {
  return text
    .split(/(?<=\n)/)
    .filter((line) => !directive?.test(line.trim()))
    .join('')
    .replace(/^(?:[ \t]*\r?\n)+/, '')
    .replace(/[ \t]+$/, '')
}
