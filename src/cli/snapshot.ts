import { UsageError } from './errors.ts'

/** `lockcast snapshot`: the catalog of all user schemas on standard output; warnings on standard error. */
export async function snapshotCommand(databaseUrl: string): Promise<number> {
  const { readWholeCatalog, wholeDefaults } = await import('../replica/read.ts')
  const facts = await readWholeCatalog(databaseUrl, wholeDefaults)
  if (facts.kind === 'unreachable') throw new UsageError(`${facts.reason} ${facts.retry}`)
  if (facts.kind !== 'replica') throw new UsageError('the database gave no catalog')
  for (const warning of facts.snapshot.warnings) process.stderr.write(`warning: ${warning}\n`)
  process.stdout.write(`${JSON.stringify(facts.snapshot, null, 1)}\n`)
  return 0
}
