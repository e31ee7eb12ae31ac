import { existsSync } from 'node:fs'
import { defaultPolicy, type Policy, parsePolicy, policyPath, problemText } from '../policy/policy.ts'
import { UsageError } from './errors.ts'
import { readNamed } from './named-file.ts'

/** The policy of `--config FILE`, else of .github/lockcast.yml here, else the defaults. */
export function readPolicy(path: string | undefined): Policy {
  const file = path ?? policyPath
  if (!existsSync(file)) {
    if (path !== undefined) throw new UsageError(`${path}: no such policy file`)
    return defaultPolicy
  }
  const { policy, problems } = parsePolicy(readNamed(file), file)
  if (policy === null) throw new UsageError(problems.map(problemText).join('\n'))
  return policy
}
