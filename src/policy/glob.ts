import { z } from 'zod'

const longest = 300
const mostStars = 3
const mostFolders = 4
const mostBraces = 3
const mostChoices = 30

/**
 * Why a glob is not taken; null when it is. Matching tries every way in which stars and braces can be read, so that a
 * glob of forty stars takes longer than anybody waits for.
 */
function globProblem(glob: string): string | null {
  if (glob.length > longest) return `a glob may have ${longest} characters at most`
  if (/[@+?!*]\(/.test(glob)) return 'a glob may not have patterns in parentheses, such as `+(a|b)`; write `{a,b}`'
  if (/\{[^{}]*\.\.[^{}]*\}/.test(glob)) return 'a glob may not have ranges, such as `{1..9}`'
  const braces = glob.match(/\{/g)?.length ?? 0
  const choices = glob.match(/,/g)?.length ?? 0
  if (braces > mostBraces || choices > mostChoices)
    return `a glob may have ${mostBraces} braces and ${mostChoices} choices in them at most`
  const folders = glob.split('/')
  if (folders.filter((folder) => folder.includes('**')).length > mostFolders)
    return `a glob may have \`**\` ${mostFolders} times at most`
  if (folders.some((folder) => folder !== '**' && (folder.match(/[*?]/g)?.length ?? 0) > mostStars))
    return `a glob may have ${mostStars} stars between two slashes at most`
  return null
}

/** A glob of the policy. */
export const glob = z.string().superRefine((text, context) => {
  const problem = globProblem(text)
  if (problem !== null) context.addIssue({ code: 'custom', message: `${problem}: ${text.slice(0, 60)}` })
})
