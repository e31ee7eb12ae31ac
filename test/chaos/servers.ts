import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { FakeGitHub } from '../support/github/fake-github.ts'

/** Processes of `lockcast serve` on one store, as an operator runs them. */
interface Fleet {
  /** Address of a process that listens; the last one that did where none does. */
  webhookUrl(): string
  /** Ends a process with SIGKILL, or with SIGTERM as a deploy does, and starts another one in its place. */
  replace(at: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  stop(): Promise<void>
}

interface Member {
  child: ChildProcess
  url: string | null
}

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname

/** Starts so many. `random`: which of them gets the next event. */
export async function startFleet(
  github: FakeGitHub,
  { size, storeUrl, env, random }: { size: number; storeUrl: string; env: NodeJS.ProcessEnv; random: () => number },
): Promise<Fleet> {
  let lastUrl = ''
  let isStopping = false
  const start = async (): Promise<Member> => {
    const settings = {
      APP_ID: String(github.app.id),
      PRIVATE_KEY: github.app.privateKey,
      WEBHOOK_SECRET: github.app.webhookSecret,
      GITHUB_API_URL: github.url,
      HOST: '127.0.0.1',
      PORT: '0',
      LOCKCAST_STORE_URL: storeUrl,
      PATH: process.env.PATH,
      ...env,
    }
    const child = spawn(process.execPath, [main, 'serve'], { env: settings, stdio: ['ignore', 'pipe', 'pipe'] })
    const member: Member = { child, url: null }
    let errors = ''
    child.stderr?.on('data', (part) => {
      errors = (errors + part).slice(-2_000)
    })
    const port = await new Promise<string | null>((resolve) => {
      let text = ''
      child.stdout?.on('data', (part) => {
        if (member.url !== null) return
        text = (text + part).slice(-20_000)
        const found = /"port":(\d+),"webhookPath":"([^"]+)"/.exec(text)
        if (found) resolve(`${found[1]}${found[2]}`)
      })
      child.once('exit', () => resolve(null))
    })
    if (port === null && !isStopping) throw new Error(`a process did not start: ${errors}`)
    member.url = port === null ? null : `http://127.0.0.1:${port}`
    return member
  }
  /** The store may be away while a process starts: an orchestrator tries again. */
  const started = async (): Promise<Member> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await start()
      } catch (error) {
        if (attempt === 10) throw error
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
    }
  }
  const members = await Promise.all(Array.from({ length: size }, started))
  return {
    webhookUrl() {
      const up = members.flatMap(({ url }) => url ?? [])
      lastUrl = up[Math.floor(random() * up.length)] ?? lastUrl
      return lastUrl
    },
    async replace(at, signal) {
      const member = members[at]
      if (!member) return
      // A deploy has both for a while.
      const next = signal === 'SIGTERM' ? await started() : null
      member.url = null
      member.child.kill(signal)
      await exited(member.child)
      members[at] = next ?? (await started())
    },
    async stop() {
      isStopping = true
      await Promise.all(
        members.map(({ child }) => {
          child.kill('SIGTERM')
          return exited(child)
        }),
      )
    },
  }
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
