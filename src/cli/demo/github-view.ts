import { renderMarkdown } from './demo-markdown.ts'
import type { CheckRun, Comment, DemoRepository, LineComment } from './support.ts'
import type { Terminal } from './terminal.ts'

/** A view of GitHub as a person sees it, for a terminal. */

const margin = '   '

/** The check as shown under the pull request. */
export function showCheck(run: CheckRun, terminal: Terminal, part: 'title' | 'headline' | 'whole'): void {
  const passed = run.conclusion === 'success'
  const change = passed ? terminal.paint(['bold', 'green'], '✓') : terminal.paint(['bold', 'red'], '✗')
  const title = terminal.paint('bold', `lockcast — ${run.output.title ?? ''}`)
  terminal.print(`${margin}${change} ${title}${terminal.paint('dim', `  (check run: ${run.conclusion})`)}`)
  if (part === 'title') return
  if (part === 'whole') terminal.print()
  const summary = run.output.summary ?? ''
  const shown = part === 'whole' ? summary : (summary.split('\n\n')[0] ?? '')
  for (const line of renderMarkdown(shown, terminal, terminal.width - 5)) print(terminal, '  ', line)
}

/** Would GitHub merge now? */
export function showMerge(repository: DemoRepository, number: number, terminal: Terminal): void {
  const { allowed } = repository.mergeAllowed(number)
  terminal.print(
    `${margin}${
      allowed
        ? terminal.paint(['bold', 'green'], 'GitHub allows the merge.')
        : terminal.paint(['bold', 'red'], 'GitHub refuses the merge: the required check has not passed.')
    }`,
  )
}

/** A new file of the pull request with the comments on its lines. */
export function showFile(path: string, text: string, comments: LineComment[], terminal: Terminal): void {
  terminal.print(`${margin}${terminal.paint('bold', path)}`)
  const lines = text.replace(/\n$/, '').split('\n')
  lines.forEach((line, at) => {
    const number = at + 1
    terminal.print(
      `${margin}${terminal.paint('dim', String(number).padStart(4))} ${terminal.paint('green', `+ ${line}`)}`,
    )
    for (const comment of comments) if (comment.path === path && comment.line === number) showComment(comment, terminal)
  })
}

/** A comment of the app, on a line or on the pull request. */
export function showComment(comment: Comment | LineComment, terminal: Terminal): void {
  const indent = 'line' in comment ? '     ' : ''
  const place =
    !('line' in comment) || comment.line === null
      ? ''
      : comment.startLine === null
        ? ` on line ${comment.line}`
        : ` on lines ${comment.startLine} to ${comment.line}`
  const edge = (text: string): string => terminal.paint('dim', text)
  print(terminal, indent, edge(`╭─ ${comment.author.login}${place}`))
  const width = terminal.width - margin.length - indent.length - 3
  for (const line of renderMarkdown(comment.body, terminal, width)) print(terminal, indent, `${edge('│')} ${line}`)
  print(terminal, indent, edge('╰─'))
}

function print(terminal: Terminal, indent: string, line: string): void {
  terminal.print(`${margin}${indent}${line}`.trimEnd())
}
