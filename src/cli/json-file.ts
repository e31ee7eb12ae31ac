import { readFileSync } from 'node:fs'
import type { FileRead } from '../catalog/files.ts'
import { UsageError } from './errors.ts'

/** What the file holds; a UsageError that names it when it is not there or not what it should be. */
export function readFileAs<T>(path: string, parse: (text: string) => FileRead<T>): T {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(`${path}: ${code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`}`)
  }
  const { value, problem } = parse(text)
  if (value === null) throw new UsageError(`${path}: ${problem}`)
  return value
}
