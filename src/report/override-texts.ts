import { blocksMerge } from '../hazards/severity.ts'
import type { Policy } from '../policy/policy.ts'
import type { Finding } from '../review/result.ts'
import { code, prose } from './hostile.ts'
import { countText, paragraphs as joined } from './markdown.ts'

/** Texts about overrides: accepted findings, and why a label does not count. */

/** Findings that a maintainer accepted. */
export interface Acceptance {
  label: string
  actor: string
  /** Of the actor: a role, or a team that the policy names. */
  role: string
  /** When the label was set, ISO 8601. */
  at: string
  reason: string | null
  /** Fingerprints. */
  findings: string[]
}

/** Why a label does not count; labels that are void are removed. */
export type OverrideAnswer =
  /** `unread`: the permission that the app would need to read the policy's teams. */
  | { kind: 'forbidden'; actor: string; role: string | null; unread: string | null }
  | { kind: 'app'; actor: string }
  | { kind: 'author'; actor: string }
  | { kind: 'never'; actor: string; hazard: string }
  | { kind: 'unconfirmed'; actor: string }
  | { kind: 'reasonless'; actor: string }
  | { kind: 'unseen'; actor: string }
  /** The record of what was shown was written by another version of Lockcast; null: it is damaged. */
  | { kind: 'unreadable'; actor: string; version: number | null }
  | { kind: 'void'; actor: string; news: string[] }

/** The findings that block, parted by whether a maintainer accepted them. */
export function partedByOverride(
  findings: Finding[],
  failOn: Policy['fail_on'],
  overrides: Acceptance[],
): { open: Finding[]; accepted: Finding[] } {
  const accepted = new Set(overrides.flatMap((override) => override.findings))
  const blocking = findings.filter((finding) => blocksMerge(finding, failOn))
  return {
    open: blocking.filter(({ fingerprint }) => !accepted.has(fingerprint)),
    accepted: blocking.filter(({ fingerprint }) => accepted.has(fingerprint)),
  }
}

/** One line for each override in force: who, when, what, why. */
export function overrideLines(overrides: Acceptance[], accepted: Finding[]): string {
  const lines = overrides.map(({ actor, role, at, reason, findings }) => {
    const own = accepted.filter(({ fingerprint }) => findings.includes(fingerprint))
    const time = at.slice(0, 16).replace('T', ' ')
    const why = reason === null ? '' : ` Reason: ${prose(reason)}`
    return `**Overridden.** ${code(actor)} (${prose(role)}) accepted ${countText(own)} on ${time} UTC.${why}`
  })
  return joined(lines)
}

/** Why a label did not count, and who may set one that does. */
export function overrideAnswer(answer: OverrideAnswer, label: string, rules: Policy['override']): string {
  const who = mayOverride(rules)
  const name = code(label)
  const actor = code(answer.actor)
  const refused = `The label ${name} does not count`
  switch (answer.kind) {
    case 'forbidden': {
      const role = answer.role ? `has the role ${code(answer.role)}` : 'has a role here that could not be read'
      const unread = answer.unread
        ? ` Whether ${actor} is in one of the teams could not be read: that needs the permission ${code(answer.unread)} of this app.`
        : ''
      return `${refused}: ${actor} ${role}. ${who}${unread} The check stays as it is.`
    }
    case 'app':
      return `${refused}: it was set by an app (${actor}), not by a person. ${who}`
    case 'author':
      return `${refused}: ${actor} is the author of this pull request, and the policy lets somebody else decide. ${who}`
    case 'never':
      return `${refused}: the policy does not let ${code(answer.hazard)} be overridden. It has to be fixed.`
    case 'unconfirmed':
      return `${refused} yet: Lockcast did not receive the event of ${actor} setting it. Please take the label off and set it again. ${who}`
    case 'reasonless':
      return `${refused} yet: the policy asks for a reason. ${actor} can give it in a comment or review, on a line of its own: ${code('lockcast: why this is acceptable')}`
    case 'unseen':
      return `The label ${name} was taken off: ${actor} set it before these findings were shown. To accept them, set it again. ${who}`
    case 'unreadable': {
      const by =
        answer.version === null
          ? 'is damaged'
          : `was written by another version of Lockcast (record version ${answer.version})`
      return `The label ${name} was taken off: the record of what was shown before ${by}, so this version cannot tell what ${actor} accepted. To accept what the check shows now, set it again. ${who}`
    }
    case 'void':
      return joined([
        `The override by ${actor} ended and the label ${name} was taken off, because the migrations are not the ones it was given for${answer.news.length > 0 ? ':' : '.'}`,
        answer.news.map((line) => `- ${prose(line)}`).join('\n'),
        `To accept what is there now, set the label again. ${who}`,
      ])
  }
}

/** How the findings at hand can be accepted. */
export function overrideHint(open: Finding[], rules: Policy['override']): string {
  const barred = [...new Set(open.map(({ hazard }) => hazard))].filter((hazard) => rules.never.includes(hazard))
  const [hazard] = open.map((finding) => finding.hazard).filter((name) => !barred.includes(name))
  const parts: string[] = []
  if (hazard !== undefined) {
    const reason = rules.reason ? `, and a line ${code('lockcast: <reason>')} in a comment of theirs` : ''
    parts.push(
      `A maintainer can accept these findings with the label ${code(rules.label)}, or those of one hazard with ${code(`${rules.label}/${hazard}`)}${reason}.`,
    )
  }
  if (barred.length > 0) parts.push(`By the policy no label can accept ${barred.map((name) => code(name)).join(', ')}.`)
  return parts.length > 0 ? `<sub>${parts.join(' ')}</sub>` : ''
}

function mayOverride({ teams }: Policy['override']): string {
  const also =
    teams.length === 0
      ? ''
      : `, or in the ${teams.length === 1 ? 'team' : 'teams'} ${teams.map((team) => code(team)).join(', ')},`
  return `Only people with the **maintain** or **admin** role in this repository${also} may override.`
}
