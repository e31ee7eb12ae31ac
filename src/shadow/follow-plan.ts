import type pg from 'pg'
import type { PlanStep } from '../plans/plan.ts'

/** Runs work in a session of its own, as the role that migrates. */
export type InSession = <T>(work: (client: pg.Client) => Promise<T>) => Promise<T>

type ServerError = Error & { code?: string }

/**
 * Follows a plan's steps: each file in a session of its own, as a migration tool does, and a step of no file too. Throws the
 * server's error, with the statement behind its message.
 */
export async function followPlan(steps: PlanStep[], inSession: InSession): Promise<void> {
  const files = Map.groupBy(
    steps.map((step, at) => ({ step, at })),
    ({ step, at }) => step.file ?? `step ${at}`,
  )
  for (const some of files.values()) {
    const file = some.map(({ step }) => step)
    for (let attempt = 1; ; attempt++) {
      const error = await runFile(inSession, file)
      if (error === null) break
      // A lock_timeout that fires gives the whole file back: it is run again, as the plan says.
      const isOneTransaction = file.filter(({ transaction }) => transaction !== 'same').length === 1
      if (error.code !== '55P03' || !isOneTransaction || attempt === 5) throw error
    }
  }
}

/** Runs the steps of one file; gives the error that ended it. */
export async function runFile(inSession: InSession, steps: PlanStep[]): Promise<ServerError | null> {
  return inSession(async (client) => {
    let open = false
    for (const step of steps) {
      if (step.sql === null) continue
      if (open && step.transaction !== 'same') {
        await client.query('COMMIT')
        open = false
      }
      if (step.transaction === 'own') {
        await client.query('BEGIN')
        open = true
      }
      try {
        await client.query(step.sql)
      } catch (error) {
        const { message, code } = error as ServerError
        if (open) await client.query('ROLLBACK')
        return Object.assign(new Error(`${message}\n  in: ${step.sql}`), code === undefined ? {} : { code })
      }
    }
    if (open) await client.query('COMMIT')
    return null
  })
}
