import type { FakeGitHub } from '../support/github/fake-github.ts'
import type { FakeRepository } from '../support/github/repository.ts'

/** People who open, push, label and close pull requests at random, and the state that must hold in the end. */

const label = 'lockcast:override'

type Content = 'docs' | 'safe' | 'danger'

interface Known {
  repo: FakeRepository
  pull: number
  content: Content
  /** Counts the files of dangerous migrations. */
  dangers: number
  /** A maintainer accepted the findings after they were shown, and nothing has ended that since. */
  accepted: boolean
}

/** The crowd of a seed. */
interface Crowd {
  /** Opens a pull request. */
  open(): void
  /** Somebody does something to a pull request. */
  act(): void
  /** Wrong things, a sentence each. */
  problems(): string[]
  figures(): { pulls: number; open: number; accepted: number; runs: number; doubled: number; comments: number }
}

/** Makes repositories under so many owners. `silent`: the owner whose database never answers. */
export function createCrowd(
  github: FakeGitHub,
  {
    repositories,
    installations,
    random,
    silent,
  }: { repositories: number; installations: number; random: () => number; silent: string },
): Crowd {
  const pick = <T>(list: T[]): T => list[Math.floor(random() * list.length)] as T
  const places = Array.from({ length: repositories }, (_, at) =>
    github.repository(`owner-${at % installations}/app-${at}`, {
      roles: { mia: 'maintain', will: 'write', tom: 'triage', dev: 'write' },
    }),
  )
  const all: Known[] = []
  /** Heads for which somebody asked for another run. */
  const asked = new Set<string>()
  const danger = (known: Known): Record<string, string> => {
    known.dangers++
    const name = `V${known.pull}_${known.dangers}__index.sql`
    return { [`db/migration/${name}`]: `CREATE INDEX i${known.pull}_${known.dangers} ON orders (total);\n` }
  }
  const moves: ((known: Known) => void)[] = [
    ({ repo, pull }) => void repo.push(pull, { [`docs/${Math.floor(random() * 1e9)}.md`]: 'words' }),
    (known) => {
      known.accepted = false
      known.content = 'danger'
      known.repo.push(known.pull, danger(known))
    },
    (known) => {
      const { repo, pull } = known
      const run = repo.checkRun(repo.head(pull))
      const isShown =
        run?.status === 'completed' && run.conclusion === 'failure' && !!run.externalId?.startsWith('pull/')
      const isSet = repo.labels(pull).includes(label)
      if (isSet) return
      repo.addLabel(pull, label, 'mia')
      known.accepted = isShown && known.content === 'danger'
    },
    ({ repo, pull, content }) => {
      if (content === 'danger' && !repo.labels(pull).includes(label)) repo.addLabel(pull, label, pick(['will', 'tom']))
    },
    (known) => {
      known.accepted = false
      if (known.repo.labels(known.pull).includes(label)) known.repo.removeLabel(known.pull, label, 'will')
    },
    ({ repo, pull }) => repo.comment(pull, 'will', 'What do you think?'),
    ({ repo, pull }) => {
      asked.add(repo.head(pull))
      repo.rerunSuite(pull)
    },
    ({ repo, pull }) => random() < 0.3 && repo.press(pull, 'closed'),
    ({ repo, pull }) => repo.press(pull, 'converted_to_draft'),
  ]
  const isOpen = ({ repo, pull }: Known): boolean => repo.pull(pull).state === 'open'
  return {
    open() {
      const repo = pick(places)
      const content = pick<Content>(['docs', 'safe', 'danger', 'danger'])
      const known: Known = { repo, pull: repo.state.pulls.size + 1, content, dangers: 0, accepted: false }
      const files: Record<Content, () => Record<string, string>> = {
        docs: () => ({ [`docs/a${known.pull}.md`]: 'a' }),
        safe: () => ({ [`db/migration/V${known.pull}__table.sql`]: `CREATE TABLE t${known.pull} (id int);\n` }),
        danger: () => danger(known),
      }
      repo.openPullRequest({ files: files[content](), author: 'dev' })
      all.push(known)
    },
    act() {
      const open = all.filter(isOpen)
      if (open.length > 0) pick(moves)(pick(open))
    },
    problems: () => all.filter(isOpen).flatMap((known) => [...wrongVerdict(known, silent), ...doubledComments(known)]),
    figures() {
      const runs = places.flatMap((repo) => repo.state.checkRuns)
      const doubled = runs.filter((run, at) => {
        const before = runs.slice(0, at).findLast((other) => other.headSha === run.headSha)
        return (
          !asked.has(run.headSha) &&
          before &&
          before.conclusion === run.conclusion &&
          before.output.text === run.output.text
        )
      })
      return {
        pulls: all.length,
        open: all.filter(isOpen).length,
        accepted: all.filter((known) => isOpen(known) && known.accepted).length,
        runs: runs.length,
        doubled: doubled.length,
        comments: all.reduce((sum, { repo, pull }) => sum + repo.comments(pull).length, 0),
      }
    },
  }
}

function wrongVerdict({ repo, pull, content, accepted }: Known, silent: string): string[] {
  const name = `${repo.state.owner.login}/${repo.state.name}#${pull}`
  const run = repo.checkRun(repo.head(pull))
  if (!run) return [`${name}: no check`]
  if (run.status !== 'completed') return [`${name}: its check is ${run.status}`]
  const last = repo
    .pull(pull)
    .timeline.findLast((event) => (event.kind === 'labeled' || event.kind === 'unlabeled') && event.label === label)
  const setter = last?.kind === 'labeled' ? last.actor.login : null
  const isSet = repo.labels(pull).includes(label)
  const told = `${run.conclusion} with ${content}, label ${isSet ? `of ${setter}` : 'not set'}: ${run.output.title}`
  if (repo.state.owner.login === silent && content !== 'docs') {
    // Its database never answers: only what a maintainer accepted may pass.
    return run.conclusion === 'failure' || setter === 'mia' ? [] : [`${name}: ${told}`]
  }
  if (content !== 'danger') return run.conclusion === 'success' ? [] : [`${name}: ${told}`]
  if (accepted) return run.conclusion === 'success' && isSet ? [] : [`${name}: an override was lost: ${told}`]
  // A label that was set before the findings were shown is taken off; where it stays it counts.
  const expected = isSet && setter === 'mia' ? 'success' : 'failure'
  return run.conclusion === expected ? [] : [`${name}: ${told}`]
}

function doubledComments({ repo, pull }: Known): string[] {
  const own = [...repo.comments(pull), ...repo.reviewComments(pull)].filter(({ viaApp }) => viaApp)
  const marks = own.map(({ body }) => body.split('\n')[0] ?? '')
  const twice = marks.filter((mark, at) => marks.indexOf(mark) !== at)
  return twice.map((mark) => `${repo.state.name}#${pull}: a comment is there twice: ${mark}`)
}
