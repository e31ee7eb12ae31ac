import { type CodeUse, nameKey } from '../../uses/code-uses.ts'
import { type CodeName, wordOf } from '../../uses/named-in-code.ts'
import type { ReviewContext } from './review-context.ts'

/** Whether the repository's code names something, as far as that is known. */
type Usage =
  | { kind: 'not searched'; why: string }
  | { kind: 'used'; places: CodeUse[]; count: number }
  /** Only the version that runs until this is deployed names it. */
  | { kind: 'removed here'; places: CodeUse[] }
  | { kind: 'unused' }

/** The result of the code search for a column or table. */
export function usageOf({ code }: ReviewContext, name: CodeName): Usage {
  if (!code) return { kind: 'not searched', why: 'The code was not searched for it' }
  const own = (use: CodeUse): boolean => nameKey(use.name) === nameKey(name)
  const count = code.counts[nameKey(name)] ?? 0
  if (count > 0) return { kind: 'used', places: code.uses.filter(own), count }
  const removed = code.removed.filter(own)
  if (removed.length > 0) return { kind: 'removed here', places: removed }
  const missed = Object.entries(code.unsearched).filter(([reason]) => !harmless.has(reason))
  if (missed.length === 0)
    return code.searched > 0 ? { kind: 'unused' } : { kind: 'not searched', why: 'No code was found to search for it' }
  const files = missed.reduce((sum, [, count]) => sum + count, 0)
  return {
    kind: 'not searched',
    why: `Not all of the code could be searched (${number(files)} ${files === 1 ? 'file' : 'files'}: ${missed[0]?.[0]})`,
  }
}

/** A reason to skip a file that leaves no doubt about its contents. */
const harmless = new Set(['not text', 'larger than 1 MB'])

/** True unless the code is known not to name it: code that was not searched counts as using it. */
export function mayBeUsed(usage: Usage): boolean {
  return usage.kind !== 'unused'
}

/**
 * How likely it is that code which stays meant this column: `likely` also where not all was searched, `doubtful` where the
 * word is only in files that do not name the table, `none` where no use is left.
 */
export function certaintyOfUse(usage: Usage): 'likely' | 'doubtful' | 'none' {
  if (usage.kind === 'not searched') return 'likely'
  if (usage.kind !== 'used') return 'none'
  return usage.places.some((place) => place.near) ? 'likely' : 'doubtful'
}

/** One sentence: who names it and where, or where it was not found. */
export function usageText(usage: Usage, { code }: ReviewContext, name: CodeName): string {
  switch (usage.kind) {
    case 'not searched':
      return `${usage.why}: whatever still names it fails as soon as this is committed.`
    case 'used': {
      const { places, count } = usage
      const near = places.some((place) => place.near)
      const doubt = near ? '' : `, none of it in a file that names \`${name.table}\`,`
      return `The code${doubt} still names \`${wordOf(name)}\` in ${count === 1 ? 'one place' : `${number(count)} places`}: ${placesText(places, count)}.`
    }
    case 'removed here':
      return `This change takes the last uses out of the code (${placesText(usage.places, usage.places.length)}), but the version before runs while this deploys and fails on them.`
    case 'unused':
      return `${code?.searched === 1 ? 'The one file' : `None of the ${number(code?.searched ?? 0)} files`} searched in ${code?.where} ${code?.searched === 1 ? 'does not name' : 'names'} \`${wordOf(name)}\`${passedOverText(code)}; a name put together at run time${name.column === null ? ', or made of a class by an ORM,' : ''} would not be found.`
  }
}

/** At most five places, files that name the table first. */
function placesText(places: CodeUse[], count: number): string {
  const shown = places.slice(0, 5).map(({ path, line }) => `\`${path}:${line}\``)
  return count > shown.length ? `${shown.join(', ')} and ${number(count - shown.length)} more` : shown.join(', ')
}

function number(count: number): string {
  return count.toLocaleString('en-US')
}

/** ` (not counted: 3 as documentation; not searched: 1 larger than 1 MB)`. */
function passedOverText(code: ReviewContext['code']): string {
  const { leftOut = {}, unsearched = {} } = code ?? {}
  const counted = Object.entries(leftOut).map(([reason, files]) => `${number(files)} as ${reason}`)
  const missed = Object.entries(unsearched).map(([reason, files]) => `${number(files)} ${reason}`)
  const parts = [
    ...(counted.length > 0 ? [`not counted: ${counted.join(', ')}`] : []),
    ...(missed.length > 0 ? [`not searched: ${missed.join(', ')}`] : []),
  ]
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`
}
