import { existsSync } from 'node:fs'
import { stringify } from 'yaml'
import { durationWritten } from '../policy/duration.ts'
import { layeredPolicy, leavesOf, type PolicyLayer } from '../policy/layers.ts'
import { isDurationKey, policyPath, problemText } from '../policy/policy.ts'
import { oneLine } from '../report/hostile.ts'
import { UsageError } from './errors.ts'
import { readNamed } from './named-file.ts'

/** `lockcast policy check [FILE]`: every problem with its line, exit code 2; 0 when there is none. */
export function policyCheckCommand(path: string | undefined, options: { organisation?: boolean }): number {
  const file = path ?? policyPath
  const layer = fileLayer(file, options.organisation ? 'organisation' : 'repository')
  if (!layer) throw new UsageError(`${file}: no such policy file`)
  const { problems } = layeredPolicy([layer])
  for (const problem of problems) process.stdout.write(`${oneLine(problemText(problem))}\n`)
  if (problems.length === 0) process.stdout.write(`${oneLine(file)}: no problem\n`)
  return problems.length > 0 ? 2 : 0
}

interface PolicyShowOptions {
  /** `owner/name`. */
  repo?: string
  /** With `repo`: default is its default branch. */
  branch?: string
  config?: string
  format: 'text' | 'json'
}

/** `lockcast policy show`: the policy in force and where each value comes from, of a file here or of a repository. */
export async function policyShowCommand(options: PolicyShowOptions): Promise<number> {
  if (options.repo !== undefined && options.config !== undefined)
    throw new UsageError('--repo and --config: only one of them can say whose policy')
  const layers =
    options.repo === undefined ? localLayers(options.config) : await layersOf(options.repo, options.branch ?? null)
  const layered = layeredPolicy(layers)
  if (layered.policy === null) throw new UsageError(layered.problems.map(problemText).join('\n'))
  const { policy, origins, notes } = layered
  const values = leavesOf(policy).map(({ keys, value }) => {
    const key = keys.join('.')
    return { key, value: isDurationKey(keys) ? durationWritten(Number(value)) : value, from: origins.get(key) ?? null }
  })
  if (options.format === 'json') process.stdout.write(`${JSON.stringify({ values, notes }, null, 2)}\n`)
  else process.stdout.write(shown(values, layers, notes))
  return 0
}

interface Value {
  key: string
  value: unknown
  from: { path: string; line: number } | null
}

function shown(values: Value[], layers: PolicyLayer[], notes: string[]): string {
  const lines = values.map(({ key, value, from }) => ({
    text: `${key}: ${stringify(value, { collectionStyle: 'flow' }).trim()}`,
    from: from ? `${from.path}:${from.line}` : 'default',
  }))
  const width = Math.min(60, Math.max(...lines.map(({ text }) => text.length)))
  const files = layers.length > 0 ? layers.map(({ path }) => path).join(', then ') : 'no file: the defaults'
  return [
    `# ${oneLine(files)}`,
    ...lines.map(({ text, from }) => `${oneLine(text).padEnd(width)}  # ${oneLine(from)}`),
    ...notes.map((note) => `# note: ${oneLine(note)}`),
    '',
  ].join('\n')
}

function localLayers(config: string | undefined): PolicyLayer[] {
  const layer = fileLayer(config ?? policyPath, 'repository')
  if (!layer && config !== undefined) throw new UsageError(`${config}: no such policy file`)
  return layer ? [layer] : []
}

function fileLayer(path: string, from: PolicyLayer['from']): PolicyLayer | null {
  return existsSync(path) ? { from, path, text: readNamed(path) } : null
}

async function layersOf(repository: string, branch: string | null): Promise<PolicyLayer[]> {
  const [{ clientFor, onGitHub }, { policyLayers }] = await Promise.all([
    import('./github.ts'),
    import('../github/gather/repository-policy-file.ts'),
  ])
  const client = clientFor(repository)
  return onGitHub(async () => {
    // A file that is not there and a repository that is not there look the same.
    await (branch === null ? client.pullRequests(null, 1) : client.tree(branch))
    return policyLayers(client, branch)
  })
}
