import type { Hazard } from '../hazards/hazard.ts'
import { hazards } from '../hazards/hazard-registry.ts'
import { nearest } from '../policy/nearest.ts'
import type { Policy } from '../policy/policy.ts'
import type { Migration } from '../runners/runner.ts'
import { commentsIn } from '../sql/parse.ts'
import { fingerprints } from './fingerprint.ts'
import type { Finding, IgnoredFinding } from './result.ts'

/**
 * `-- lockcast-ignore drop-table: moved to the archive` above a statement, in it or behind it on its last line, or
 * `-- lockcast-ignore-file …` for its file; several hazards with commas; in a block comment too.
 */
interface Comment {
  path: string
  line: number
  text: string
  hazard: string
  reason: string
  /** The misspelled word in place of `lockcast-ignore`; null when it is right. */
  misspelt: string | null
  /** The statement that it belongs to, null where there is none; `file`: the whole file. */
  above: { line: number } | 'file' | null
  direction: Migration['direction']
}

/** The findings without those that comments in the SQL silence, the silenced ones with their reasons, and mistakes in comments. */
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
    const all = comments.filter((comment) => comment.reason !== '' && applies(comment, finding))
    const [comment] = all
    if (!comment) return true
    for (const comment of all) used.add(comment)
    if (!maySilence(finding, policy)) {
      refused.add(comment)
      return true
    }
    const { path, line, reason } = comment
    ignored.push({ ...finding, reason, comment: { path, line } })
    return false
  })
  const problems = comments.flatMap((comment) => problemOf(comment, used.has(comment), refused.has(comment)))
  const changes = fingerprints(problems.map(({ path, sql }) => ({ hazard: ignoreHazard, path, relation: null, sql })))
  return {
    findings: [
      ...kept,
      ...problems.map(({ sql: _, ...problem }, i): Finding => ({ ...problem, fingerprint: changes[i] ?? '' })),
    ],
    ignored,
  }
}

/** For the reader: the silenced finding, and who wrote the reason. */
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

/** The hazard id of findings about comments. */
const ignoreHazard = 'lockcast-ignore'

/** At the beginning of a comment, or of a line of a block comment. */
const pattern = /(?:--|\/\*|\/\/|#|^)[^\S\n]*\*?[^\S\n]*lockcast(?:[-_]([a-z]+)| ignore)(-file)?(?=[\s:*]|$)([^\n]*)/gim

function commentsOf(migration: Migration): Comment[] {
  const { path, direction, statements } = migration
  return statements.flatMap((statement, at) => {
    const { leading, line, endLine, sql, trailing } = statement
    const previous = statements[at - 1]
    const read = (text: string, firstLine: number, aboveOf: (line: number) => Comment['above']): Comment[] =>
      [...text.matchAll(pattern)].flatMap(({ 0: all, 1: word = 'ignore', 2: file, 3: rest = '', index }) => {
        const own = firstLine + newlines(text.slice(0, index)) + newlines(/^\s*/.exec(all)?.[0] ?? '')
        const misspelt = word.toLowerCase() === 'ignore' ? null : `lockcast-${word}`
        const above = file ? 'file' : aboveOf(own)
        return [...new Set(namesIn(rest))].map((hazard) => {
          return { path, direction, line: own, text: all.trim(), misspelt, hazard, reason: reasonIn(rest), above }
        })
      })
    return [
      ...read(leading, line - newlines(leading), (own) => (own === previous?.endLine ? previous : statement)),
      ...(sql !== null && /lockcast/i.test(sql) ? commentsIn(statement) : []).flatMap(({ text, below }) =>
        read(text, line + below, () => statement),
      ),
      ...read(trailing, endLine, (own) => (own === endLine ? statement : null)),
    ]
  })
}

function newlines(text: string): number {
  return text.split('\n').length - 1
}

/** The hazards before the colon; without one, the first word. */
function namesIn(rest: string): string[] {
  const [names = ''] = rest.split(/:|\*\//)
  const words = names.split(/[\s,]+/).filter((word) => word !== '')
  return rest.includes(':') && words.length > 0 ? words : [words[0] ?? '']
}

function reasonIn(rest: string): string {
  return (/:(.*?)(?:\*\/.*)?$/s.exec(rest)?.[1] ?? '').trim()
}

function applies({ path, hazard, above, direction, misspelt }: Comment, finding: Finding): boolean {
  if (finding.hazard !== hazard || finding.path !== path || above === null || misspelt !== null) return false
  return above === 'file' || (above.line === finding.line && direction === finding.direction)
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
  const { hazard, reason, misspelt } = comment
  if (misspelt !== null)
    return [problem(comment, 'high', `There is no comment \`${misspelt}\`; did you mean \`lockcast-ignore\`?`)]
  if (!hazards.some(({ id }) => id === hazard)) {
    const near = nearest(
      hazard,
      hazards.map(({ id }) => id),
    )
    const said = hazard === '' ? 'names no hazard' : `names an unknown hazard \`${hazard}\``
    return [problem(comment, 'high', `A lockcast-ignore comment ${said}${near ? `; did you mean \`${near}\`?` : ''}`)]
  }
  if (reason === '')
    return [
      problem(
        comment,
        'high',
        `A lockcast-ignore comment gives no reason for ignoring \`${hazard}\`: write it behind a colon`,
      ),
    ]
  if (refused)
    return [
      problem(comment, 'medium', `\`${hazard}\` cannot be ignored by a comment: it loses data or certainly fails`),
    ]
  return used
    ? []
    : [problem(comment, 'low', `A lockcast-ignore comment suppresses nothing: there is no \`${hazard}\` here`)]
}

function problem(
  { path, line, text, above, direction }: Comment,
  severity: Finding['severity'],
  message: string,
): Problem {
  return {
    hazard: ignoreHazard,
    severity,
    direction: above === 'file' ? 'up' : direction,
    path,
    line,
    column: 1,
    endLine: line,
    relation: null,
    rows: null,
    message,
    why: 'Write `-- lockcast-ignore <hazard>: <reason>` above the statement, or `-- lockcast-ignore-file <hazard>: <reason>` for its file. What loses data or certainly fails is ignored only where the base branch’s policy lists it under `ignores.may_silence`.',
    related: [],
    advice: null,
    alternative: null,
    sql: text,
  }
}
