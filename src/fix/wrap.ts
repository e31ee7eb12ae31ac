/** A text in lines of at most `width` columns, where its words allow it; what is indented keeps its indentation. */
export function cut(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    const indent = /^\s*/.exec(line)?.[0] ?? ''
    const lines: string[] = []
    let current = ''
    for (const word of line.trim().split(/ +/)) {
      if (current !== '' && indent.length + current.length + 1 + word.length > width) {
        lines.push(indent + current)
        current = word
      } else current = current === '' ? word : `${current} ${word}`
    }
    return [...lines, indent + current]
  })
}
