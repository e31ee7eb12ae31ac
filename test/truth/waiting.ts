import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { relationName } from '../../src/catalog/relation.ts'
import type { StatementAnalysis } from '../../src/effects/analyze.ts'
import { isReported } from '../../src/effects/model/lock-modes.ts'
import { observeState } from './observe.ts'

/** Each conflicts with fewer modes than the next, so the first that makes a statement wait shows its strongest request. */
const blockers = ['access share', 'row share', 'row exclusive', 'share update exclusive'] as const

/** LOCK TABLE takes no materialized view; reading and commenting do. */
const viewBlockers = ['access share', 'share update exclusive'] as const

function blockView(view: string, mode: string): string {
  return mode === 'access share' ? `select from ${view}` : `comment on materialized view ${view} is 'blocked'`
}

export interface Sessions {
  /** Makes the database anew and connects. */
  fresh(): Promise<{ blocker: pg.Client; runner: pg.Client; watcher: pg.Client; end(): Promise<void> }>
}

/**
 * What a statement that refuses a transaction block does: for each relation that the model names, the lock it is seen to
 * wait for behind a blocker; then, unblocked, what it rewrote and built.
 */
export async function compareWaiting(sql: string, analysis: StatementAnalysis, sessions: Sessions): Promise<string[]> {
  if (analysis.fails || analysis.unknown) return ['the model says that it fails or cannot be judged']
  const found: string[] = []
  const effects = analysis.effects.filter((effect) => isReported(effect.relation))
  for (const { relation, lock } of effects) {
    const seen = await strongest(sql, relationName(relation), relation.kind === 'materialized view', sessions)
    if (seen !== lock) found.push(`${relationName(relation)}: server waits for ${seen}; model ${lock}`)
  }
  const { runner, end } = await sessions.fresh()
  const before = await observeState(runner)
  await runner.query(sql)
  const after = await observeState(runner)
  await end()
  for (const [oid, was] of before) {
    const is = after.get(oid)
    const effect = effects.find((effect) => relationName(effect.relation) === was.name)
    const rewrite = is !== undefined && is.filenode !== was.filenode
    const builds = Object.values(is?.indexes ?? {}).filter((node) => !Object.values(was.indexes).includes(node)).length
    if (rewrite !== (effect?.rewrite ?? false) || builds !== (effect?.builds.length ?? 0)) {
      found.push(
        `${was.name}: server rewrite ${rewrite}, ${builds} built; model rewrite ${effect?.rewrite ?? false}, ${effect?.builds.length ?? 0} built`,
      )
    }
  }
  return found
}

async function strongest(sql: string, relation: string, view: boolean, sessions: Sessions): Promise<string | null> {
  for (const mode of view ? viewBlockers : blockers) {
    const { blocker, runner, watcher, end } = await sessions.fresh()
    const { rows } = await runner.query<{ pid: number }>('select pg_backend_pid() as pid')
    await blocker.query('begin')
    await blocker.query(view ? blockView(relation, mode) : `lock table ${relation} in ${mode} mode`)
    let done = false
    const running = runner.query(sql).then(
      () => (done = true),
      () => (done = true),
    )
    let asked: string | null = null
    for (let attempt = 0; attempt < 200 && !done && asked === null; attempt++) {
      await sleep(5)
      const waits = await watcher.query<{ mode: string; locktype: string; here: boolean }>(
        `select mode, locktype, coalesce(relation = to_regclass($2), false) as here from pg_locks where pid = $1 and not granted`,
        [rows[0]?.pid, relation],
      )
      const [wait] = waits.rows
      if (wait) asked = wait.here ? wait.mode : ''
    }
    await blocker.query('rollback')
    await running
    await end()
    if (asked) return asked
  }
  return null
}
