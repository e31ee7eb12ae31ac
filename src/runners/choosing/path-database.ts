import type { Project } from '../runner.ts'
import { baseName } from '../sql-file.ts'
import { databaseNamed, databaseWords } from './database-names.ts'

/** The database of a file, from its path. `sure`: the text need not agree. */
type PathDatabase =
  | { kind: 'postgres' }
  | { kind: 'other'; title: string; sure: boolean; why: string }
  | { kind: 'unknown' }

/** Words that stand beside a database's name in a folder's name. */
const filler =
  /^(?:db|database|sql|ddl|schema|schemas|migrations?|migrate|changelogs?|changesets?|scripts?|init|v?\d+)$/i

/**
 * The database that a path names: a folder (`mysql/`, `migrations-sqlite/`, the deepest counts) or a suffix
 * (`1_x.mysql.up.sql`, `schema-h2.sql`).
 */
export function pathDatabase(path: string, project: Project): PathDatabase {
  const suffix = suffixDatabase(baseName(path))
  if (suffix) return suffix
  const segments = path.split('/').slice(0, -1)
  for (let i = segments.length - 1; i >= 0; i--) {
    const segment = segments[i] ?? ''
    const word = databaseWord(segment)
    const named = word === null ? null : databaseNamed(word)
    if (word === null || !named) continue
    if (named.kind === 'postgres') return { kind: 'postgres' }
    const beside = hasSibling(segments.slice(0, i), segment, word, project)
    // An `oracle/` or `spanner/` may well be a service.
    if (named.ordinary && !beside) continue
    return { kind: 'other', title: named.title, sure: beside, why: `folder ${segments.slice(0, i + 1).join('/')}/` }
  }
  return { kind: 'unknown' }
}

/** The word of a folder's name that names a database, when all others are fillers. */
function databaseWord(segment: string): string | null {
  if (databaseNamed(segment)) return segment
  const words = segment.split(/[-_.]/)
  const found = words.filter((word) => databaseNamed(word) !== null)
  const [word] = found
  return word !== undefined && found.length === 1 && words.every((name) => name === word || filler.test(name))
    ? word
    : null
}

function suffixDatabase(name: string): PathDatabase | null {
  const dotted = name.split('.').slice(1, -1)
  const spring = /^(?:schema|data|init|ddl|tables|structure|setup|create)[-_](\w+)\.\w+$/i.exec(name)?.[1]
  const whole = /^(\w+)\.sql$/i.exec(name)?.[1]
  for (const word of [...dotted, ...(spring ? [spring] : []), ...(whole ? [whole] : [])]) {
    const named = databaseNamed(word)
    if (named?.kind === 'postgres') return { kind: 'postgres' }
    if (named && !(named.ordinary && !dotted.includes(word)))
      return { kind: 'other', title: named.title, sure: true, why: `file name ${name}` }
  }
  return null
}

/** Folders of a project, found once. */
const folders = new WeakMap<Project, ReadonlySet<string>>()

/** A folder that names another database at the same place: the tree is parted by databases. */
function hasSibling(above: string[], segment: string, word: string, project: Project): boolean {
  const all = foldersOf(project)
  const own = databaseNamed(word)
  return databaseWords.some((other) => {
    const named = databaseNamed(other)
    if (named?.kind === 'other' && own?.kind === 'other' && named.title === own.title) return false
    return all.has([...above, segment.replace(word, other)].join('/'))
  })
}

function foldersOf(project: Project): ReadonlySet<string> {
  const known = folders.get(project)
  if (known) return known
  const all = new Set<string>()
  for (const path of project.paths) {
    let end = path.lastIndexOf('/')
    while (end > 0) {
      const folder = path.slice(0, end)
      if (all.has(folder)) break
      all.add(folder)
      end = path.lastIndexOf('/', end - 1)
    }
  }
  folders.set(project, all)
  return all
}
