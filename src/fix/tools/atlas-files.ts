import { createHash } from 'node:crypto'
import { baseName, folderOf, sibling } from '../../runners/sql-file.ts'
import { numberedOrNamed, type SqlTool, unmarked } from './sql-tool.ts'

/**
 * Atlas: `atlas.sum` holds a hash of each file, over all files up to it, and one of the whole list (sql/migrate, NewHashFile
 * and HashFile.Sum). It is written again only where the one that exists is what these rules give.
 */
export const atlasFiles: SqlTool = {
  ...unmarked,
  runners: ['atlas'],
  name: numberedOrNamed,
  oneQuery: false,
  directive: /^--[ \t]*atlas:/,
  head: (mode) => (mode === 'outside' ? '-- atlas:txmode none\n\n' : ''),
  markOutside: (text) => `-- atlas:txmode none\n\n${text}`,
  beside(made, original, project) {
    const path = sibling(original.path, 'atlas.sum')
    const sum = project.text(path)
    if (sum === null) return []
    const folder = folderOf(original.path)
    const inFolder = [...project.paths].filter((name) => folderOf(name) === folder && name.endsWith('.sql'))
    const texts = new Map(inFolder.map((name) => [baseName(name), project.text(name) ?? '']))
    if (sumOf(texts) !== sum)
      return { problem: `${path} does not fit the files as they are: run \`atlas migrate hash\` first` }
    for (const file of made) texts.set(baseName(file.path), file.text)
    return [{ path, before: sum, text: sumOf(texts) }]
  },
}

function sumOf(texts: ReadonlyMap<string, string>): string {
  const running = createHash('sha256')
  const lines = [...texts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => {
      running.update(name).update(text)
      return { name, hash: running.copy().digest('base64') }
    })
  const whole = createHash('sha256')
  for (const { name, hash } of lines) whole.update(name).update(hash)
  return `h1:${whole.digest('base64')}\n${lines.map(({ name, hash }) => `${name} h1:${hash}\n`).join('')}`
}
