import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { readNumbers } from './demo/demo-numbers.ts'
import { type Shop, startShop } from './demo/shop.ts'
import { granted, heading, opened, point, refused, safe, say, tellNumbers, voided } from './demo/story.ts'
import type { DemoGitHub, DemoLockcast, DemoSupport } from './demo/support.ts'
import { createTerminal, type Terminal } from './demo/terminal.ts'
import { UsageError } from './errors.ts'

interface DemoOptions {
  /** Leave everything running at the end. */
  keep?: boolean
}

/** The folder of the checkout, seen from src/cli and from dist/cli. */
const checkout = fileURLToPath(new URL('../../', import.meta.url))

/** Rows of the shop's largest table. */
const defaultRows = 2_000_000

/** `lockcast demo`: the whole way on an embedded Postgres and a fake GitHub. Ends by itself and leaves nothing behind. */
export async function demoCommand(options: DemoOptions): Promise<number> {
  const support = await loadSupport()
  const terminal = createTerminal(process.stdout)
  const stopping = new AbortController()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const stop = (): void => {
    stopping.abort()
    // Running work ends soon; a second signal ends the process as usual.
    void endAll()
  }
  const ends: (() => Promise<void>)[] = []
  const endAll = async (): Promise<void> => {
    for (let end = ends.pop(); end; end = ends.pop()) await end()
  }
  for (const signal of signals) process.once(signal, stop)
  try {
    const atEnd = (end: () => Promise<void>): void => void ends.push(end)
    await tell(support, terminal, { rows: rowsWanted(), keep: options.keep ?? false, stopping: stopping.signal, atEnd })
    return 0
  } catch (error) {
    if (!stopping.signal.aborted) throw error
    terminal.print('\nStopped; everything is removed.')
    return 130
  } finally {
    await endAll()
    for (const signal of signals) process.off(signal, stop)
  }
}

interface Telling {
  rows: number
  keep: boolean
  stopping: AbortSignal
  atEnd: (end: () => Promise<void>) => void
}

async function tell(support: DemoSupport, terminal: Terminal, { rows, keep, stopping, atEnd }: Telling): Promise<void> {
  const started = performance.now()
  terminal.print(terminal.paint('bold', 'Lockcast demo: one pull request, from its webhook to a green check'))
  say(terminal, 'Everything runs on this machine and is removed at the end.')

  heading(terminal, 1, 'A shop in production: PostgreSQL and its read replica')
  const role = /```sql\n([\s\S]*?)```/.exec(readFileSync(join(checkout, 'docs/replica.md'), 'utf8'))?.[1] ?? ''
  const base = filesOf('base')
  const shop = await startShop(support, {
    orders: rows,
    schema: Object.values(base).join('\n'),
    role,
    stopping,
    atEnd,
    told: (sentence) => point(terminal, sentence),
    progress(table, done, total) {
      const [some, all] = [done, total].map((count) => count.toLocaleString('en-US'))
      if (done === total) point(terminal, `${all} rows of ${table}`)
      else terminal.counting(`   • ${some} of ${all} rows of ${table}`)
    },
  })

  heading(terminal, 2, 'Where the numbers will come from')
  tellNumbers(await readNumbers(shop), terminal)
  stopping.throwIfAborted()

  const github = await support.startFakeGitHub()
  atEnd(() => github.close())
  const lockcast = await support.startLockcast(github, {
    databases: [
      {
        name: 'shop',
        from: { kind: 'url', url: shop.lockcastUrl },
        profilePath: null,
        activityUrl: null,
        migrations: null,
        repositories: ['acme/shop'],
      },
    ],
  })
  atEnd(() => lockcast.close())
  const repository = github.repository('acme/shop', {
    files: base,
    roles: { dev: 'write', tom: 'triage', mia: 'maintain' },
  })
  const stage = { terminal, github, lockcast, repository, files: filesOf, stopping }

  heading(terminal, 3, 'dev opens a pull request with a migration')
  const number = await opened(stage)
  heading(terminal, 4, 'tom, who has the triage role, sets the label lockcast:override')
  await refused(stage, number)
  heading(terminal, 5, 'mia, a maintainer, sets it')
  await granted(stage, number)
  heading(terminal, 6, 'dev pushes another dangerous migration')
  await voided(stage, number)
  heading(terminal, 7, 'dev pushes the safe version')
  await safe(stage, number)

  if (github.violations.length > 0) throw new Error(`GitHub would have refused: ${github.violations.join('; ')}`)
  const seconds = Math.round((performance.now() - started) / 1_000)
  terminal.print(`\nDone in ${seconds} s.`)
  if (keep) await kept(terminal, { shop, github, lockcast }, stopping)
}

async function kept(
  terminal: Terminal,
  { shop, github, lockcast }: { shop: Shop; github: DemoGitHub; lockcast: DemoLockcast },
  stopping: AbortSignal,
): Promise<void> {
  terminal.print('\nEverything keeps running until Ctrl-C:')
  const addresses = {
    'primary, as superuser': shop.primaryUrl,
    'standby, as superuser': shop.standbyUrl,
    'standby, as Lockcast': shop.lockcastUrl,
    'Lockcast, health': `${lockcast.url}/healthz`,
    'Lockcast, webhook': lockcast.webhookUrl,
    'fake GitHub': github.url,
  }
  for (const [name, url] of Object.entries(addresses)) terminal.print(`   ${name.padEnd(22)} ${url}`)
  if (!stopping.aborted) await new Promise((resolve) => stopping.addEventListener('abort', resolve))
  terminal.print('\nStopped; everything is removed.')
}

function filesOf(folder: string): Record<string, string> {
  const root = join(checkout, 'fixtures/demo', folder)
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort()
  return Object.fromEntries(paths.map((path) => [path.slice(root.length + 1), readFileSync(path, 'utf8')]))
}

/** The fake world is in a checkout only; the published package has neither tests nor fixtures. */
async function loadSupport(): Promise<DemoSupport> {
  const path = join(checkout, 'test/support/demo.ts')
  if (!existsSync(path)) {
    throw new UsageError(
      'the demo runs in a checkout: git clone https://github.com/lockcast/lockcast, there npm ci && npm run demo',
    )
  }
  const { support } = (await import(pathToFileURL(path).href)) as { support: DemoSupport }
  return support
}

/** Fewer rows for the test of the demo. */
function rowsWanted(): number {
  const rows = Number(process.env.LOCKCAST_DEMO_ROWS ?? defaultRows)
  if (!Number.isInteger(rows) || rows < 1_000) throw new UsageError('LOCKCAST_DEMO_ROWS is a number from 1000 on')
  return rows
}
