import type { Hazard } from '../hazards/hazard.ts'
import { hazards } from '../hazards/registry.ts'
import { nearest, type Policy } from '../policy/policy.ts'
import type { Migration } from '../runners/runner.ts'
import { fingerprints } from './fingerprint.ts'
import type { Finding, IgnoredFinding } from './result.ts'

/** `-- lockcast-ignore drop-table: moved to the archive` above a statement, or `-- lockcast-ignore-file …` for its file. */
interface Comment {
  path: string
  line: number
  text: string
  hazard: string
  reason: string
  /** The statement that it stands above; null for the whole file. */
  above: { line: number; direction: Migration['direction'] } | null
}

/** The findings without those that comments in the SQL silence, what was silenced and why, and what is wrong with a comment. */
export function withoutIgnored(
  findings: Finding[],
  migrations: Migration[],
  policy: Policy,
): { findings: Finding[]; ignored: IgnoredFinding[] } {
  const comments = migrations.flatMap(commentsOf)
  if (comments.length === 0) return { findings, ignored: [] }
  const used = new Set<Comment>()
  const refused = new Set<Comment>()
  const ignored: IgnoredFinding[] = []
  const kept = findings.filter((finding) => {
    const comment = comments.find((one) => one.reason !== '' && applies(one, finding))
    if (!comment) return true
    used.add(comment)
    if (!maySilence(finding, policy)) {
      refused.add(comment)
      return true
    }
    const { path, line, reason } = comment
    ignored.push({ ...finding, reason, comment: { path, line } })
    return false
  })
  const problems = comments.flatMap((comment) => problemOf(comment, used.has(comment), refused.has(comment)))
  const marks = fingerprints(problems.map(({ path, sql }) => ({ hazard: ignoreHazard, path, relation: null, sql })))
  return {
    findings: [
      ...kept,
      ...problems.map(({ sql: _, ...problem }, i): Finding => ({ ...problem, fingerprint: marks[i] ?? '' })),
    ],
    ignored,
  }
}

/** For the reader: what does not count any more, and by whose word. */
export function ignoredNote({ hazard, severity, path, line, reason, comment }: IgnoredFinding): string {
  return `Ignored by a comment (${comment.path}:${comment.line}): ${hazard}, ${severity}, at ${path}:${line}. Reason: ${reason}`
}

/** Hazards that the policy names and that do not exist, each a sentence. */
export function unknownInPolicy({ advice, ignores }: Policy): string[] {
  const ids = hazards.map(({ id }) => id)
  return [...new Set([...advice.off, ...ignores.may_silence])].flatMap((name) => {
    const near = nearest(name, ids)
    return ids.includes(name)
      ? []
      : [`The policy names a hazard ${name}, which does not exist${near ? `; did you mean ${near}?` : '.'}`]
  })
}

/** The name under which findings about comments stand. */
const ignoreHazard = 'lockcast-ignore'

const pattern = /^[^\S\n]*--[^\S\n]*lockcast-ignore(-file)?\b(.*)$/gm

function commentsOf({ path, direction, statements }: Migration): Comment[] {
  return statements.flatMap(({ leading, line }) =>
    [...leading.matchAll(pattern)].map(({ 0: text, 1: file, 2: rest = '', index }) => {
      const [, hazard = '', reason = ''] = /^\s*([^\s:]*)\s*(?::\s*(.*?))?\s*$/.exec(rest) ?? []
      const below = leading.slice(index).split('\n').length - 1
      return { path, line: line - below, text: text.trim(), hazard, reason, above: file ? null : { line, direction } }
    }),
  )
}

function applies({ path, hazard, above }: Comment, finding: Finding): boolean {
  if (finding.hazard !== hazard || finding.path !== path) return false
  return above === null || (above.line === finding.line && above.direction === finding.direction)
}

/** Data loss and certain failure take more than a comment of the one who wrote it. */
function maySilence({ hazard, severity }: Finding, policy: Policy): boolean {
  const group = hazards.find(({ id }) => id === hazard)?.group
  return policy.ignores.may_silence.includes(hazard) || !isGrave(group, severity)
}

function isGrave(group: Hazard['group'] | undefined, severity: Finding['severity']): boolean {
  return group === undefined || group === 'data loss' || (group === 'failure' && severity === 'critical')
}

type Problem = Omit<Finding, 'fingerprint'> & { sql: string }

function problemOf(comment: Comment, used: boolean, refused: boolean): Problem[] {
  const { hazard, reason } = comment
  if (!hazards.some(({ id }) => id === hazard)) {
    const near = nearest(
      hazard,
      hazards.map(({ id }) => id),
    )
    const said = hazard === '' ? 'names no hazard' : `names an unknown hazard \`${hazard}\``
    return [problem(comment, 'high', `A lockcast-ignore comment ${said}${near ? `; did you mean \`${near}\`?` : ''}`)]
  }
  if (reason === '')
    return [problem(comment, 'high', `A lockcast-ignore comment gives no reason for ignoring \`${hazard}\``)]
  if (refused)
    return [
      problem(comment, 'medium', `\`${hazard}\` cannot be ignored by a comment: it loses data or certainly fails`),
    ]
  return used
    ? []
    : [problem(comment, 'low', `A lockcast-ignore comment suppresses nothing: there is no \`${hazard}\` here`)]
}

function problem({ path, line, text, above }: Comment, severity: Finding['severity'], message: string): Problem {
  return {
    hazard: ignoreHazard,
    severity,
    direction: above?.direction ?? 'up',
    path,
    line,
    endLine: line,
    relation: null,
    rows: null,
    message,
    why: 'Write `-- lockcast-ignore <hazard>: <reason>` above the statement, or `-- lockcast-ignore-file <hazard>: <reason>`. What loses data or certainly fails is ignored only where the base branch’s policy lists it under `ignores.may_silence`.',
    related: [],
    alternative: null,
    sql: text,
  }
}
