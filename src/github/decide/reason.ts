/** The reason for an override in a comment or review: what follows `lockcast:` on a line of its own; null without one. */
export function reasonIn(text: string): string | null {
  const [, reason] = /^[ \t]*lockcast:[ \t]*(\S.*?)[ \t]*$/im.exec(text) ?? []
  return reason ?? null
}
