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

/** All files of a change that are read; a blob that is there forty times is parsed forty times. */
const mostTotalBytes = 16 * 1024 * 1024

/** Files of a change that are read. */
const mostFiles = 2_000

/** Leaves out the texts beyond what one review may take; each says so, which fails the check. */
export function withinBounds(files: SourceFile[]): SourceFile[] {
  let bytes = 0
  return files.map((file, at) => {
    bytes += file.text === null ? 0 : Buffer.byteLength(file.text)
    if (at >= mostFiles)
      return left(file, `a pull request may change ${mostFiles.toLocaleString('en-US')} migrations at most`)
    if (bytes <= mostTotalBytes) return file
    const most = mostTotalBytes / 1024 / 1024
    return left(file, `the migrations of a pull request may be ${most} MB at most, copies of one file counted each`)
  })
}

function left({ path }: SourceFile, why: string): SourceFile {
  return { path, text: null, problem: `the file was not reviewed: ${why}. Please split the pull request` }
}
