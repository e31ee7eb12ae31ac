/** A line on standard error about work that takes long. */
interface Progress {
  /** Names the work that begins now: `reading the catalog`. */
  say(words: string): void
  /** Takes the line away. */
  end(): void
}

/** Work that is done sooner needs no line, ms. */
const patience = 1_000

/**
 * A line that appears on a terminal when work takes over a second, and is written over by the next; nothing elsewhere,
 * where it would fill a log.
 */
export function lateProgress(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { say: () => {}, end: () => {} }
  const started = performance.now()
  let words = ''
  let isShown = false
  const show = (): void => {
    isShown = true
    stream.write(`\r\u001b[K${words.slice(0, (stream.columns || 80) - 3)} …`)
  }
  const timer = setTimeout(show, patience)
  timer.unref()
  return {
    say(next) {
      words = next
      if (performance.now() - started >= patience) show()
    },
    end() {
      clearTimeout(timer)
      if (isShown) stream.write('\r\u001b[K')
    },
  }
}

/** One line that is written over on a terminal, and a line each elsewhere. */
export function steadyProgress(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { say: (words) => void stream.write(`${words} …\n`), end: () => {} }
  return {
    say: (words) => void stream.write(`\r\u001b[K${words} …`),
    end: () => void stream.write('\r\u001b[K'),
  }
}
