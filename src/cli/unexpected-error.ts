import { projectAddress } from '../hazards/address.ts'
import { visible } from '../report/hostile.ts'

/** An error that no command expects, as one line: a file or folder that the system refuses, or a bug of ours. */
export function unexpectedProblem(error: unknown): string {
  const { code, path, message } = (error ?? {}) as NodeJS.ErrnoException
  if (typeof code === 'string' && typeof path === 'string') return visible(`${path}: ${reasonOf(code)}`)
  if (code === 'ENOSPC') return 'the disk is full'
  return visible(
    `this is a bug of Lockcast: ${message ?? String(error)}. Set LOCKCAST_DEBUG=1 for the details and report it: ${projectAddress}/issues`,
  )
}

function reasonOf(code: string): string {
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied'
  if (code === 'ENOENT') return 'no such file or folder'
  if (code === 'EISDIR') return 'this is a folder'
  if (code === 'EMFILE' || code === 'ENFILE') return 'too many files are open on this machine'
  return `cannot be used (${code})`
}
