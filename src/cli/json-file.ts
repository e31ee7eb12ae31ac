import type { FileRead } from '../catalog/files.ts'
import { UsageError } from './errors.ts'
import { readNamed } from './named-file.ts'

/** What the file holds; a UsageError that names it when it is not there or not what it should be. */
export function readFileAs<T>(path: string, parse: (text: string) => FileRead<T>): T {
  const { value, problem } = parse(readNamed(path))
  if (value === null) throw new UsageError(`${path}: ${problem}`)
  return value
}
