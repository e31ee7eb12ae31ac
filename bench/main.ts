import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../src/server/databases.ts'
import { startFakeGitHub } from '../test/support/github/fake-github.ts'
import { startLockcast } from '../test/support/github/lockcast.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { catalogRead } from './catalog.ts'
import { modelling } from './model.ts'

/** `npm run bench`: parsing and modelling, whole-process times of the command line, and webhook to completed check. Figures, no verdict. */
const main = new URL('../src/cli/main.ts', import.meta.url).pathname

await modelling()
commandLine()
await webhooks()
await catalogRead()

/** One folder of generated migrations a size; wall time and peak memory of five runs each. */
function commandLine(): void {
  const folder = mkdtempSync(join(tmpdir(), 'lockcast-bench-'))
  try {
    for (const files of [1, 1_000, 5_000]) {
      const migrations = join(folder, `${files}`, 'migrations')
      mkdirSync(migrations, { recursive: true })
      for (let i = 1; i <= files; i++)
        writeFileSync(join(migrations, `${String(i).padStart(5, '0')}_change.sql`), migration(i))
      const runs = Array.from({ length: 5 }, () => measure(['review', '--from-empty', migrations, '--format', 'json']))
      console.log(
        `review of ${files} files: ${spread(
          runs.map((run) => run.seconds),
          's',
        )}; peak ${spread(
          runs.map((run) => run.megabytes),
          'MB',
        )}`,
      )
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function migration(i: number): string {
  return `CREATE TABLE table_${i} (id bigint PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX table_${i}_name ON table_${i} (name);
ALTER TABLE table_${i} ADD COLUMN note text;
ALTER TABLE table_${Math.ceil(i / 2)} ADD COLUMN extra_${i} int;
`
}

function measure(args: string[]): { seconds: number; megabytes: number } {
  const report = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS))`
  const start = performance.now()
  const { stderr, status } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(report)}`, main, ...args],
    {
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
    },
  )
  if (status !== 0) throw new Error(`exit ${status}: ${stderr}`)
  return {
    seconds: (performance.now() - start) / 1_000,
    megabytes: Number(/peak (\d+)/.exec(stderr)?.[1] ?? 0) / 1_024,
  }
}

/** Pull requests one after the other, each with one migration, against a real database. */
async function webhooks(): Promise<void> {
  const postgres = await startPostgres()
  const github = await startFakeGitHub({ port: 0 })
  try {
    await postgres.run(
      'create table orders (id bigint primary key, status text); insert into orders select i from generate_series(1, 100000) i; analyze orders',
    )
    const databases: Database[] = [
      {
        name: 'shop',
        from: { kind: 'url', url: postgres.url },
        profilePath: null,
        activityUrl: null,
        migrations: null,
        repositories: Array.from({ length: 60 }, (_, i) => `acme-${i}/shop`),
      },
    ]
    const lockcast = await startLockcast(github, { databases })
    const times: number[] = []
    const counts = { first: 0, again: 0, free: 0 }
    for (let i = 0; i < 60; i++) {
      // An account each: what one installation may write in a minute is limited on purpose.
      const repository = github.repository(`acme-${i}/shop`, {
        private: true,
        files: { 'README.md': '# shop\n' },
        roles: {},
      })
      await lockcast.settled()
      const before = github.requests.length
      const start = performance.now()
      const pull = repository.openPullRequest({
        title: `change ${i}`,
        author: 'ann',
        files: { [`migrations/${i}.sql`]: `CREATE INDEX orders_status_${i} ON orders (status);\n` },
      })
      await lockcast.settled()
      times.push((performance.now() - start) / 1_000)
      const between = github.requests.length
      repository.addLabel(pull, 'unrelated', 'ann')
      await lockcast.settled()
      counts.first += between - before
      counts.again += github.requests.length - between
      counts.free += github.requests.slice(between).filter(({ status }) => status === 304).length
    }
    const sorted = times.toSorted((a, b) => a - b)
    const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(3)
    const each = (count: number): string => (count / 60).toFixed(1)
    console.log(
      `webhook to completed check, 60 pull requests: median ${at(0.5)} s, 95 % under ${at(0.95)} s; ${each(counts.first)} requests the first time (one is the migration), ${each(counts.again)} when nothing changed (${each(counts.free)} of them 304, free)`,
    )
    await lockcast.close()
  } finally {
    await github.close()
    await postgres.stop()
  }
}

function spread(values: number[], unit: string): string {
  const sorted = values.toSorted((a, b) => a - b)
  const text = (value: number | undefined): string => (value ?? 0).toFixed(unit === 's' ? 2 : 0)
  return `${text(sorted[0])}–${text(sorted.at(-1))} ${unit}, median ${text(sorted[Math.floor(sorted.length / 2)])} ${unit}`
}
