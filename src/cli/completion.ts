import type { Command } from 'commander'
import { UsageError } from './errors.ts'

/** A command by its words behind `lockcast`, with all that may come next. */
interface Completed {
  words: string
  next: string[]
}

/** `lockcast completion bash|zsh|fish`: the script that the shell reads at its start. Throws a UsageError on another shell. */
export function completionCommand(shell: string, program: Command): number {
  const commands = completedOf(program, [])
  if (shell === 'bash') process.stdout.write(bash(commands))
  // zsh reads bash's completions.
  else if (shell === 'zsh') process.stdout.write(`autoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`)
  else if (shell === 'fish') process.stdout.write(fish(commands))
  else throw new UsageError(`completion ${shell}: not known; write bash, zsh or fish`)
  return 0
}

function completedOf(command: Command, words: string[]): Completed[] {
  const next = [
    ...command.commands.map((child) => child.name()),
    ...command.options.flatMap(({ long }) => long ?? []),
    '--help',
  ]
  const own = { words: words.join(' '), next }
  return [own, ...command.commands.flatMap((child) => completedOf(child, [...words, child.name()]))]
}

/** Completes the words of the longest known command before the cursor, and files everywhere. */
function bash(commands: Completed[]): string {
  const cases = commands.map(({ words, next }) => `    '${words}') next='${next.join(' ')}' ;;`)
  return `_lockcast() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words='' next=''
  local i
  for ((i = 1; i < COMP_CWORD && i < 3; i++)); do
    case "\${COMP_WORDS[i]}" in -*) break ;; esac
    case " ${commands.map(({ words }) => words.replace(/ /g, '_')).join(' ')} " in
      *" \${words:+\${words}_}\${COMP_WORDS[i]} "*) words="\${words:+\${words}_}\${COMP_WORDS[i]}" ;;
    esac
  done
  case "\${words/_/ }" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$next" -- "$current"))
  if [[ "$current" != -* && -n "$words" ]]; then COMPREPLY+=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _lockcast lockcast
`
}

function fish(commands: Completed[]): string {
  return commands
    .map(({ words, next }) => {
      const seen = words.split(' ').filter((word) => word !== '')
      const when =
        seen.length === 0
          ? '__fish_use_subcommand'
          : seen.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ')
      return next
        .map((word) =>
          word.startsWith('--')
            ? `complete -c lockcast -n '${when}' -l ${word.slice(2)}\n`
            : `complete -c lockcast -n '${when}' -a ${word}\n`,
        )
        .join('')
    })
    .join('')
}
