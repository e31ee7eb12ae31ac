import { parseProfile } from '../catalog/catalog-files.ts'
import { connectionProblem, databaseAddress } from './database-url.ts'
import { UsageError } from './errors.ts'
import { readNamedAs } from './named-file.ts'

/**
 * `lockcast snapshot`: the catalog of all user schemas on standard output; warnings on standard error. Definitions of functions,
 * views and policies, owners, grants and comments only with `--definitions`, since such a file may be committed.
 */
export async function snapshotCommand(options: {
  databaseUrl: string
  profile?: string
  definitions?: boolean
}): Promise<number> {
  const profile = options.profile === undefined ? null : readNamedAs(options.profile, parseProfile)
  databaseAddress(options.databaseUrl, '--database-url')
  const { readWholeCatalog, wholeDefaults } = await import('../replica/read-replica.ts')
  let failure: unknown = null
  const facts = await readWholeCatalog(options.databaseUrl, {
    ...wholeDefaults,
    functionTexts: options.definitions === true,
    onFailure: (error) => {
      failure = error
    },
  })
  if (facts.kind === 'unreachable')
    throw new UsageError(
      connectionProblem(options.databaseUrl, '--database-url', failure, `${facts.reason} ${facts.retry}`),
    )
  if (facts.kind !== 'replica') throw new UsageError('the database gave no catalog')
  for (const warning of facts.snapshot.warnings) process.stderr.write(`warning: ${warning}\n`)
  const relations = options.definitions
    ? facts.snapshot.relations
    : facts.snapshot.relations.map((relation) => ({ ...relation, definition: null }))
  process.stdout.write(`${JSON.stringify({ ...facts.snapshot, relations, profile }, null, 1)}\n`)
  return 0
}
