import { matchesGlob } from 'node:path/posix'
import type { Policy } from '../policy/policy.ts'
import { type Claim, claims, type Project, type Runner } from './runner.ts'
import { runners } from './runner-registry.ts'

/** The migration tool of a file, or why it is not known. */
type Detected =
  | { kind: 'runner'; runner: Runner /** A clause. */; why: string }
  /** Nothing says that it is a migration. */
  | { kind: 'none' }
  /** Several tools are equally sure that it is theirs. */
  | { kind: 'several'; runners: Runner[] }
  /** The policy names a runner that does not exist. */
  | { kind: 'unknown'; name: string }

/** The runner of this name, or null. */
export function runnerNamed(name: string): Runner | null {
  return runners.find((runner) => runner.name === name) ?? null
}

/**
 * The tool that runs a file: the one that the policy names, else the one whose marker its text has, else the one that is
 * surest of its path. `text` null: it was not read, only its path counts.
 */
export function detect(path: string, text: string | null, project: Project, policy: Policy): Detected {
  const name = entryOf(path, policy)?.runner ?? policy.runner
  if (name !== undefined) {
    const runner = runnerNamed(name)
    return runner ? { kind: 'runner', runner, why: 'the policy names it' } : { kind: 'unknown', name }
  }
  const marked = text === null ? [] : runners.filter((runner) => runner.marker?.test(text))
  if (marked.length > 0) return outcome(byWords(marked, text), 'the text has its marker')
  const { sure, claim } = surest(path, text, project)
  const own = byWords(sure, text)
  return outcome(own, own.length < sure.length ? 'its text is of this tool' : reasons[claim])
}

/** The first entry of the policy whose glob matches. */
export function entryOf(path: string, policy: Policy): Policy['migrations'][number] | undefined {
  return policy.migrations.find((entry) => matchesGlob(path, entry.paths))
}

/** True for a file that the policy says is no migration. */
export function isLeftOut(path: string, policy: Policy): boolean {
  const globs = [...policy.not_migrations, ...(entryOf(path, policy)?.exclude ?? [])]
  return globs.some((glob) => matchesGlob(path, glob))
}

/** Why a file whose runner is not known is not read: a sentence without a full stop. */
export function notDetected(detected: Exclude<Detected, { kind: 'runner' | 'none' }>): string {
  switch (detected.kind) {
    case 'several': {
      const titles = detected.runners.map(({ title }) => title)
      const names = detected.runners.map((runner) => runner.name).join(' or ')
      return `${titles.slice(0, -1).join(', ')} and ${titles.at(-1)} both claim it: name the one that runs it in the policy (migrations: paths and runner: ${names})`
    }
    case 'unknown':
      return `the policy names a runner ${detected.name}, which is not one of ${runners.map((runner) => runner.name).join(', ')}`
  }
}

const reasons: Readonly<Record<Claim, string>> = {
  own: 'the folder, the name or a file beside it is its own',
  dependency: 'a manifest or config file in a folder above names it',
  elsewhere: 'a manifest in another folder of the repository names it',
  shape: 'the name has its form',
  folder: 'it is SQL in a folder for migrations',
}

/** Returns the one tool whose words the text has; all of them where it has the words of none or of several. */
function byWords(found: Runner[], text: string | null): Runner[] {
  if (found.length < 2 || text === null) return found
  const own = found.filter(({ words }) => words?.test(text))
  return own.length === 1 ? own : found
}

function surest(path: string, text: string | null, project: Project): { sure: Runner[]; claim: Claim } {
  const found = runners
    .filter(({ shape }) => !shape || text === null || shape.test(text))
    .map((runner) => ({ runner, claim: runner.claims(path, project) }))
  for (const claim of claims) {
    const sure = found.filter((item) => item.claim === claim).map(({ runner }) => runner)
    if (sure.length > 0) return { sure, claim }
  }
  return { sure: [], claim: 'folder' }
}

function outcome(found: Runner[], why: string): Detected {
  const [runner] = found
  if (!runner) return { kind: 'none' }
  return found.length === 1 ? { kind: 'runner', runner, why } : { kind: 'several', runners: found }
}
