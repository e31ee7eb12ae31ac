import type { Policy } from '../../policy/policy.ts'
import type { SourceFile } from '../../runners/runner.ts'

/** Larger files are not read: 8 MiB of SQL are some 100,000 statements. */
export const mostSourceBytes = 8 * 1024 * 1024

/** The file's text, or why there is none. */
export function sourceFile(path: string, content: Buffer): SourceFile {
  if (content.length > mostSourceBytes) return tooLarge(path, content.length)
  try {
    // The byte order mark stays: positions count from the file's first character.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
    return { path, text, problem: null }
  } catch {
    return { path, text: null, problem: 'the file is not UTF-8' }
  }
}

/** A file that is not read for its size. */
export function tooLarge(path: string, bytes: number): SourceFile {
  const megabytes = (bytes / 1024 / 1024).toFixed(1)
  const most = mostSourceBytes / 1024 / 1024
  return { path, text: null, problem: `the file is too large to be reviewed (${megabytes} MB, at most ${most} MB)` }
}

/** How much more is read than a review takes: some of the files may turn out to be no migrations. */
const readAhead = 4

/** The first of these files that are read: the rest would only fill memory. `bytesOf`: size of a file. */
export function pathsToRead(paths: string[], bytesOf: (path: string) => number, limits: Policy['limits']): string[] {
  let bytes = 0
  const end = paths.findIndex((path) => {
    bytes += bytesOf(path)
    return bytes > limits.megabytes * readAhead * 1024 * 1024
  })
  return end < 0 ? paths : paths.slice(0, end)
}

/** A file that was not even read. */
export function beyondMegabytes(path: string, limits: Policy['limits']): SourceFile {
  return left({ path }, tooManyMegabytes(limits))
}

/** Leaves out the texts beyond what one review may take; each says so, which fails the check. */
export function withinBounds(files: SourceFile[], limits: Policy['limits']): SourceFile[] {
  let bytes = 0
  return files.map((file, at) => {
    bytes += file.text === null ? 0 : Buffer.byteLength(file.text)
    if (at >= limits.files) return left(file, tooMany('files', `${counted(limits.files)} migrations`))
    if (bytes <= limits.megabytes * 1024 * 1024) return file
    return left(file, tooManyMegabytes(limits))
  })
}

/**
 * Why the files have too many statements to be parsed; null when they may have few enough. A statement ends with a
 * semicolon, and a function's body has several: only four times the limit is certainly too many.
 */
export function tooManyToParse(files: SourceFile[], limits: Policy['limits']): string | null {
  const ends = files.reduce((sum, { text }) => sum + occurrences(text ?? '', ';'), 0)
  return ends > limits.statements * 4 ? tooManyStatements(limits) : null
}

/** Why the migrations are not reviewed: the sentence that names the limit. */
export function tooManyStatements({ statements }: Policy['limits']): string {
  return `The migrations were not reviewed: ${tooMany('statements', `${counted(statements)} statements`)}.`
}

/** Why a review with more findings than the limit fails. */
export function tooManyFindings(found: number, { findings }: Policy['limits']): string {
  return `Of ${counted(found)} findings the worst ${counted(findings)} are shown: ${tooMany('findings', `${counted(findings)} findings`)}.`
}

function tooMany(key: keyof Policy['limits'], most: string): string {
  return `a pull request may have ${most} at most (\`limits.${key}\` in the policy). Please split it, or raise the limit on the base branch`
}

function counted(count: number): string {
  return count.toLocaleString('en-US')
}

function occurrences(text: string, character: string): number {
  let count = 0
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count++
  return count
}

function tooManyMegabytes({ megabytes }: Policy['limits']): string {
  return tooMany('megabytes', `${megabytes} MB of migrations, copies of one file counted each`)
}

function left({ path }: Pick<SourceFile, 'path'>, why: string): SourceFile {
  return { path, text: null, problem: `the file was not reviewed: ${why}` }
}
