import { Probot } from 'probot'
import { createAppClient, Octokit, requestOptions } from '../github/client/app-client.ts'
import { failureSentence, GitHubError } from '../github/client/failure.ts'
import { wallClock } from '../github/clock.ts'
import { defaultPolicy } from '../policy/policy.ts'
import { openStore } from '../store/store.ts'
import type { ServerConfig } from './config.ts'
import { openDatabase } from './databases.ts'
import { createLog } from './log.ts'

/** One thing that the server needs. */
interface Checked {
  name: string
  /** Null: it is as it should be. A sentence without secrets. */
  problem: string | null
}

/** Looks once at everything that the server needs: the key, the store, each database. Never throws. */
export async function checkServer(config: ServerConfig): Promise<Checked[]> {
  const databases = config.databases.map(async (database): Promise<Checked> => {
    const facts = await openDatabase(database, (_name, _most, question) => question()).catalog?.(nothing, defaultPolicy)
    const problem = facts?.kind === 'unreachable' ? facts.reason : null
    return { name: `database ${database.name}`, problem }
  })
  return Promise.all([checkKey(config), checkStore(config), ...databases])
}

const nothing = { relations: [], cascades: false, code: [] }

async function checkKey(config: ServerConfig): Promise<Checked> {
  const { appId, privateKey, webhookSecret: secret, githubUrl } = config
  const log = createLog('error')
  const url = githubUrl === null ? {} : { baseUrl: githubUrl }
  const probot = new Probot({ appId, privateKey, secret, Octokit, request: requestOptions, log, ...url })
  await probot.ready()
  const app = createAppClient(probot, appId, wallClock, { processes: () => 1, limited: true })
  const name = 'GitHub with APP_ID and PRIVATE_KEY'
  try {
    await app.bot()
    return { name, problem: null }
  } catch (error) {
    const problem = error instanceof GitHubError ? failureSentence(error.failure) : 'GitHub did not answer.'
    return { name, problem }
  }
}

async function checkStore(config: ServerConfig): Promise<Checked> {
  const quiet = { info() {}, error() {} }
  try {
    const store = await openStore(config.store, { works: false, beside: true, log: quiet })
    await store.close()
    return { name: 'store', problem: null }
  } catch (error) {
    return { name: 'store', problem: (error as Error).message }
  }
}
