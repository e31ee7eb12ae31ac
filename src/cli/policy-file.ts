import { existsSync } from 'node:fs'
import { defaultPolicy, type Policy } from '../policy/policy.ts'
import { parsePolicyFile } from '../runners/registry.ts'
import { UsageError } from './errors.ts'
import { readNamed } from './named-file.ts'

export const defaultPolicyFile = '.github/lockcast.yml'

/** The policy of `--config FILE`, else of .github/lockcast.yml here, else the defaults. */
export function readPolicy(path: string | undefined): Policy {
  const file = path ?? defaultPolicyFile
  if (!existsSync(file)) {
    if (path !== undefined) throw new UsageError(`${path}: no such policy file`)
    return defaultPolicy
  }
  const { policy, problems } = parsePolicyFile(readNamed(file), file)
  if (policy === null) throw new UsageError(problems.map((one) => `${one.path}:${one.line}: ${one.message}`).join('\n'))
  return policy
}
