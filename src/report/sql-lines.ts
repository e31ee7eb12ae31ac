import stringWidth from 'string-width'

/** Words that begin a clause: the best places to break a statement at. */
const clause =
  /^(?:from|where|set|values|using|add|drop|alter|references|on|as|returning|check|foreign|primary|unique|constraint|include|with|select|group|order|having|join|left|inner|rename|default|not|to|for|partition)\b/i

/**
 * A statement in lines of at most `width` columns, broken before its clauses where it can be, else behind a comma, else at
 * a space. Its own line breaks stay. Nothing is broken inside of quotes, comments and names, however long: the lines are
 * the same statement to PostgreSQL.
 */
export function sqlLines(sql: string, width: number): string[] {
  const breaks = breaksOf(sql)
  let from = 0
  return sql.split('\n').flatMap((line) => {
    const start = from
    from += line.length + 1
    const within = breaks.filter(({ at }) => at > start && at < start + line.length)
    return brokenLine(sql, start, start + line.length, within, width)
  })
}

function brokenLine(sql: string, start: number, end: number, breaks: Break[], width: number): string[] {
  const indent = `${/^ */.exec(sql.slice(start, end))?.[0] ?? ''}  `.slice(0, Math.floor(width / 2))
  const lines: string[] = []
  let from = start
  while (true) {
    const lead = from === start ? '' : indent
    const rest = lead + sql.slice(from, end)
    if (stringWidth(rest) <= width) return [...lines, rest.trimEnd()]
    const at = breakAt(sql, from, breaks, width - lead.length)
    if (at === null) return [...lines, rest.trimEnd()]
    lines.push(lead + sql.slice(from, at).trimEnd())
    from = at
  }
}

/** The offset of the next line's first character; null where the rest cannot be broken. */
function breakAt(sql: string, from: number, breaks: Break[], width: number): number | null {
  const ahead = breaks.filter(({ at }) => at > from && sql.slice(from, at).trim() !== '')
  const fitting = ahead.filter(({ at }) => stringWidth(sql.slice(from, at).trimEnd()) <= width)
  for (const kind of ['clause', 'comma', 'space'] as const) {
    const last = fitting.findLast((place) => place.kind === kind)
    // A line with three words on it wastes the screen.
    if (last && (last.at - from > width / 3 || kind === 'space')) return last.at
  }
  return fitting.at(-1)?.at ?? ahead[0]?.at ?? null
}

interface Break {
  at: number
  kind: 'clause' | 'comma' | 'space'
}

const tokens = /'(?:[^'\\]|''|\\.)*'?|"(?:[^"]|"")*"?|\$(\w*)\$.*?(?:\$\1\$|$)|--[^\n]*|\/\*.*?(?:\*\/|$)|\s+|[()]|./gs

/** Places between words outside of quotes and comments; clauses only outside of parentheses. */
function breaksOf(sql: string): Break[] {
  const places: Break[] = []
  let depth = 0
  for (const { 0: token, index } of sql.matchAll(tokens)) {
    if (token === '(') depth++
    else if (token === ')') depth--
    if (!/^\s/.test(token)) continue
    const at = index + token.length
    if (depth === 0 && clause.test(sql.slice(at, at + 20))) places.push({ at, kind: 'clause' })
    else places.push({ at, kind: sql[index - 1] === ',' ? 'comma' : 'space' })
  }
  return places
}
