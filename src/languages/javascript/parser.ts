import type { Program } from 'oxc-parser'

let parser: typeof import('oxc-parser') | null = null

/** Loads oxc's parser (native, some 40 ms). */
export async function loadJavaScript(): Promise<void> {
  parser ??= await import('oxc-parser')
}

type ParsedJavaScript = { kind: 'parsed'; program: Program } | { kind: 'failed'; reason: string }

/**
 * The tree of a JavaScript or TypeScript file; offsets count UTF-16 code units. Throws when {@link loadJavaScript} has not
 * been awaited.
 */
export function parseJavaScript(path: string, text: string): ParsedJavaScript {
  if (!parser) throw new Error('loadJavaScript was not awaited')
  const { program, errors } = parser.parseSync(path, text, { lang: languageOf(path), preserveParens: false })
  const [error] = errors.filter(({ severity }) => severity === 'Error')
  if (!error) return { kind: 'parsed', program }
  const at = error.labels[0]?.start
  const line = at === undefined ? '' : ` (line ${text.slice(0, at).split('\n').length})`
  return {
    kind: 'failed',
    reason: `is not valid ${/\.[cm]?ts$/.test(path) ? 'TypeScript' : 'JavaScript'}: ${error.message}${line}`,
  }
}

/** Many `.js` files hold JSX or types that the tool's transpiler takes away: TSX reads both. */
function languageOf(path: string): 'ts' | 'tsx' | 'jsx' {
  if (/\.[cm]?ts$/.test(path)) return 'ts'
  return path.endsWith('.tsx') ? 'tsx' : 'jsx'
}
