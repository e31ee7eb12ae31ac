/** The start of a migration of a Node tool: it exports or defines `up`. */
export const definesUp = /\bup\b/

/**
 * The marker of a Node tool: its words in a file that defines `up`. Queries, configuration and the script that runs the
 * tool import the same packages and are no migrations.
 */
export function nodeMarker(words: RegExp): RegExp {
  const defines = /exports\.up\b|exports\[['"]up|\bup\s*[:(=]|\bexport\s*\{[^}]*\bup\b|\{\s*up\s*,|,\s*up\s*[,}]/
  return new RegExp(
    `^(?=[\\s\\S]*(?:${defines.source}))(?![\\s\\S]*\\bnew\\s+(?:Umzug|Migrator)\\b)(?=[\\s\\S]*(?:${words.source}))`,
  )
}
