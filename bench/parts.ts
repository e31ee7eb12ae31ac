import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { searchCode } from '../src/cli/code-search.ts'
import { readArchive } from '../src/github/client/archive.ts'
import type { RepositoryClient, Tree } from '../src/github/client/port.ts'
import { createBlobCache } from '../src/github/gather/blobs.ts'
import { searchCode as searchHead } from '../src/github/gather/code-search.ts'
import type { Sources } from '../src/github/gather/sources.ts'
import { hazards } from '../src/hazards/registry.ts'
import { defaultPolicy } from '../src/policy/policy.ts'
import { review } from '../src/review/review.ts'
import { readMigrations } from '../src/runners/registry.ts'
import { loadParser, parseSql } from '../src/sql/parse.ts'

/** `npm run bench:parts`: all hazards beside parsing, and the code look-up over 20,000 files. Figures, no verdict. */

await loadParser()
hazardsBesideParsing()
await codeLookUp()

function hazardsBesideParsing(): void {
  const files = Array.from({ length: 2_000 }, (_, i) => ({ path: `migrations/${i}.sql`, text: sql(i), problem: null }))
  const project = { paths: new Set(files.map(({ path }) => path)), text: () => null }
  const facts = {
    catalog: { kind: 'empty' as const, sizes: {} },
    postgresVersion: null,
    now: null,
    base: [],
    activity: null,
    code: null,
    history: null,
    disclosure: 'exact' as const,
    unread: [],
  }
  const rounds = Array.from({ length: 5 }, () => {
    const parsing = worked(() => files.map(({ text }) => parseSql(text)))
    const migrations = readMigrations(files, project, defaultPolicy)
    return { parsing, each: detecting(() => review(migrations, facts, defaultPolicy)) }
  })
  const all = ({ each }: (typeof rounds)[number]): number => [...each.values()].reduce((sum, ms) => sum + ms, 0)
  const [best] = rounds.toSorted((a, b) => all(a) - all(b))
  if (!best) return
  console.log(
    `8,000 statements in 2,000 files: parsing ${text(Math.min(...rounds.map((one) => one.parsing)))}, all ${hazards.length} hazards ${text(all(best))}`,
  )
  const worst = [...best.each].sort((a, b) => b[1] - a[1]).slice(0, 5)
  console.log(`  the slowest: ${worst.map(([id, ms]) => `${id} ${text(ms)}`).join(', ')}`)
}

/** Time of the processor for each hazard's detection within a run, ms. */
function detecting(run: () => void): Map<string, number> {
  const times = new Map<string, number>()
  const originals = hazards.map((hazard) => hazard.detect)
  hazards.forEach((hazard, i) => {
    const original = originals[i]
    hazard.detect = (scene) => {
      let found: ReturnType<typeof hazard.detect> = []
      times.set(
        hazard.id,
        worked(() => {
          found = original?.(scene) ?? []
        }),
      )
      return found
    }
  })
  run()
  hazards.forEach((hazard, i) => {
    const original = originals[i]
    if (original) hazard.detect = original
  })
  return times
}

function sql(i: number): string {
  return `CREATE TABLE table_${i} (id bigint PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX table_${i}_name ON table_${i} (name);
ALTER TABLE table_${i} ADD COLUMN note text;
ALTER TABLE table_${Math.ceil(i / 2)} ADD COLUMN extra_${i} int;
`
}

/** 20,000 files of about 5 kB, 200 of which name the column. */
async function codeLookUp(): Promise<void> {
  const names = [
    { table: 'orders', column: 'shipping_code' },
    { table: 'customers', column: 'region' },
  ]
  const files = new Map(Array.from({ length: 20_000 }, (_, i) => [`src/m${i % 100}/file${i}.ts`, source(i)]))
  const folder = mkdtempSync(join(tmpdir(), 'lockcast-bench-'))
  const here = process.cwd()
  try {
    for (const [path, content] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
    }
    process.chdir(folder)
    const plain = Array.from({ length: 3 }, () => timed(() => searchCode(names, defaultPolicy, null, [])))
    execFileSync('git', ['init', '--quiet'])
    execFileSync('git', ['add', '--all'])
    const tracked = Array.from({ length: 5 }, () => timed(() => searchCode(names, defaultPolicy, null, [])))
    console.log(`code look-up, command line, 20,000 files: in git ${span(tracked)}, without git ${span(plain)}`)
  } finally {
    process.chdir(here)
    rmSync(folder, { recursive: true })
  }

  const tar = pack()
  for (const [path, content] of files) tar.entry({ name: `acme-shop-1234567/${path}` }, content)
  tar.finalize()
  const archive = gzipSync(await buffer(tar), { level: 1 })
  const head: Tree = {
    truncated: false,
    files: new Map([...files].map(([path, content]) => [path, { sha: path, bytes: content.length }])),
  }
  const client = {
    archive: (_sha, reader) =>
      readArchive(Readable.toWeb(Readable.from([archive])) as ReadableStream<Uint8Array>, reader),
    blob: async (sha) => Buffer.from(files.get(sha) ?? ''),
  } satisfies Pick<RepositoryClient, 'archive' | 'blob'> as unknown as RepositoryClient
  const sources = { migrationPaths: [], changed: [] } as unknown as Sources
  const cache = createBlobCache()
  const look = async (wanted: typeof names): Promise<number> => {
    const start = performance.now()
    const { searched } = await searchHead(client, cache, wanted, defaultPolicy, '1234567', head, sources)
    if (searched < 19_000) throw new Error(`${searched} files searched`)
    return performance.now() - start
  }
  const first = await look(names)
  const again = [await look(names), await look(names), await look(names)]
  const others = await look([{ table: 'orders', column: 'placed_at' }])
  console.log(
    `code look-up, app, 20,000 files: first, from one archive of ${(archive.length / 1e6).toFixed(0)} MB, ${text(first)}; with the cache ${span(again)}; another name ${text(others)}`,
  )
}

function source(i: number): string {
  const words = Array.from(
    { length: 110 },
    (_, at) => `const value${(i * 31 + at * 7) % 4_000} = compute${at}(order.id, ${at})`,
  )
  const use = i % 100 === 0 ? `  row.shippingCode = orders[${i}].region\n` : ''
  return `// file ${i}\n${use}${words.join('\n')}\n`
}

function timed(run: () => unknown): number {
  const start = performance.now()
  run()
  return performance.now() - start
}

/** Time of the processor, ms: what else the machine does counts less. */
function worked(run: () => unknown): number {
  const start = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1_000
}

function text(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(2)} s`
}

function span(times: number[]): string {
  return `${text(Math.min(...times))}–${text(Math.max(...times))}`
}
