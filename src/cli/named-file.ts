import { readFileSync, writeFileSync } from 'node:fs'
import type { FileRead } from '../catalog/catalog-files.ts'
import { UsageError } from './errors.ts'

/** The text of a file that somebody named; a UsageError that names it when it cannot be read. */
export function readNamed(path: string): string {
  return named(path, 'read', () => readFileSync(path, 'utf8'))
}

/** The contents of the file. Throws a UsageError that names it when it is missing or invalid. */
export function readNamedAs<T>(path: string, parse: (text: string) => FileRead<T>): T {
  const { value, problem } = parse(readNamed(path))
  if (value === null) throw new UsageError(`${path}: ${problem}`)
  return value
}

/** Writes the file that somebody named; a UsageError that names it when it cannot be written. */
export function writeNamed(path: string, text: string): void {
  named(path, 'written', () => writeFileSync(path, text))
}

function named<T>(path: string, what: string, access: () => T): T {
  try {
    return access()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(`${path}: ${reasonOf(code, what)}`)
  }
}

function reasonOf(code: string | undefined, what: string): string {
  if (code === 'ENOENT') return what === 'read' ? 'no such file' : 'no such folder'
  if (code === 'EISDIR') return 'this is a folder, not a file'
  if (code === 'EACCES' || code === 'EPERM') return `permission denied: it cannot be ${what}`
  return `cannot be ${what} (${code})`
}
