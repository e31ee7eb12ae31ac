import { codeMigrations, unreadableCode } from '../code/code-migrations.ts'
import { inOrderOfDependencies } from '../code/dependencies.ts'
import { inSegments } from '../code/segments.ts'
import type { Migration, Project, Runner } from '../runner.ts'
import { folderOf, naturalOrder, sibling } from '../sql-file.ts'
import { readRevision, revisionIds } from './read-revision.ts'

/**
 * Alembic: `env.py` decides whether each revision has a transaction (`transaction_per_migration=True`) or one is around
 * the whole upgrade; `autocommit_block()` commits it and opens the next one behind the block.
 */
export const runner: Runner = {
  name: 'alembic',
  title: 'Alembic',
  about: {
    files: '`versions/*.py` with `down_revision`',
    transaction:
      'one transaction for all revisions, or one each with `transaction_per_migration`; `autocommit_block()`: none',
  },
  historyTables: ['alembic_version'],
  config: /(^|\/)(env\.py|alembic\.ini)$/,
  reads: /\.py$/,
  marker: /^down_revision\s*(?::[^=\n]+)?=/m,
  shape: /\bdown_revision\b|\bdef\s+upgrade/,
  claims: (path, project) => {
    if (!path.endsWith('.py') || path.endsWith('/__init__.py')) return null
    const folder = folderOf(path)
    if (!/(^|\/)versions(\/|$)/.test(folder)) return null
    const above = folder.replace(/(^|\/)versions(\/.*)?$/, '')
    return project.paths.has(sibling(`${above}/x`.replace(/^\//, ''), 'env.py')) ? 'own' : null
  },
  compare: (a, b) => naturalOrder(a, b),
  arrange: (paths, project) =>
    inOrderOfDependencies(paths, (path) => {
      const { revision, before } = revisionIds(project.text(path) ?? '')
      return { name: revision ?? path, before }
    }),
  applied: {
    edited: 'Alembic does not run it again where it has run',
    removed: 'Alembic stops where it has run, because it cannot locate the revision',
    renamed: null,
    late: { does: 'refuses', words: 'Alembic stops with several heads until a merge revision joins them' },
    checksum: false,
    version: () => null,
  },
  read(file, project) {
    const environment = environmentOf(file.path, project)
    const alone = /transaction_per_migration\s*[=:'"]+\s*True/.test(project.text(environment) ?? '')
    const how = {
      runner: 'alembic',
      wrapping: 'transaction' as const,
      batch: alone ? null : `alembic:${folderOf(environment)}`,
      optOut: '`with op.get_context().autocommit_block():` around the statement',
    }
    const read = readRevision(file, project)
    if (read.kind === 'failed') return unreadableCode(file, how, read.reason)
    return inSegments(
      read.calls,
      (call) => call.autocommit,
      (calls, outside): Migration[] =>
        codeMigrations(file, outside ? { ...how, wrapping: 'autocommit', batch: null } : how, calls),
    )
  },
}

/** The nearest env.py above a revision. */
function environmentOf(path: string, project: Project): string {
  for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder)) {
    if (project.paths.has(`${folder}/env.py`)) return `${folder}/env.py`
  }
  return 'env.py'
}
