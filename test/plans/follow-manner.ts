import type { PlanStep } from '../../src/plans/plan.ts'
import { followPlan, type InSession, runFile } from '../../src/shadow/follow-plan.ts'

/**
 * How a plan is followed: each file once; each twice, so that the second run must find what is there already; or each
 * cut off while it works, then run again as its text says.
 */
export type Manner = 'once' | 'twice' | 'interrupted'

interface Sessions {
  /** Of the role that migrates. */
  asRole: InSession
  asSuperuser: InSession
}

/** Follows a plan's steps in this manner; throws the server's error, with the statement behind its message. */
export async function planFollowed(steps: PlanStep[], manner: Manner, sessions: Sessions): Promise<void> {
  if (manner === 'once') return followPlan(steps, sessions.asRole)
  const files = Map.groupBy(
    steps.map((step, at) => ({ step, at })),
    ({ step, at }) => step.file ?? `step ${at}`,
  )
  for (const some of files.values()) {
    const file = some.map(({ step }) => step)
    if (manner === 'interrupted') await interrupt(file, sessions)
    await runUntilDone(file, sessions)
    // Whatever it says: nothing may be lost or changed by it.
    const planned = file.every(({ file: number, kind }) => number !== null || kind === 'backfill')
    if (manner === 'twice' && planned) await runFile(sessions.asRole, file)
  }
}

async function runUntilDone(file: PlanStep[], { asRole }: Sessions): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const error = await runFile(asRole, file)
    if (error === null) return
    // A lock_timeout that fires gives the whole file back: it is run again, as the plan says.
    const isOneTransaction = file.filter(({ transaction }) => transaction !== 'same').length === 1
    // A build that was cut off leaves its index INVALID, which the step says to drop.
    const undo = error.code === '42P07' && attempt === 1 ? file.find((step) => step.undo)?.undo : null
    if (undo) await asRole((client) => client.query(undo))
    else if (error.code !== '55P03' || !isOneTransaction || attempt === 5) throw error
  }
}

/** Cancels what works outside a transaction while it works. */
async function interrupt(file: PlanStep[], { asRole, asSuperuser }: Sessions): Promise<void> {
  if (file.some(({ transaction }) => transaction === 'own')) return
  const running = runFile(asRole, file)
  const cancel = setTimeout(() => {
    void asSuperuser((client) =>
      client.query(
        'SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query ~ $1 AND pid <> pg_backend_pid()',
        ['^(DO|CREATE (UNIQUE )?INDEX|REINDEX|REFRESH)'],
      ),
    )
  }, 60)
  await running
  clearTimeout(cancel)
}
