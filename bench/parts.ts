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
import { searchCode as searchHead } from '../src/github/gather/repository-code-search.ts'
import type { Sources } from '../src/github/gather/sources.ts'
import { defaultPolicy } from '../src/policy/policy.ts'
import { loadParser } from '../src/sql/parse.ts'
import { growth, hazardsBesideParsing } from './hazards.ts'

/** `npm run bench:parts`: all hazards beside parsing, how the review grows, the code look-up over 20,000 files. Figures, no verdict. */

await loadParser()
hazardsBesideParsing()
growth()
await codeLookUp()

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
    const plain = Array.from({ length: 3 }, () => timed(() => searchCode(names, defaultPolicy, null, [], [])))
    execFileSync('git', ['init', '--quiet'])
    execFileSync('git', ['add', '--all'])
    const tracked = Array.from({ length: 5 }, () => timed(() => searchCode(names, defaultPolicy, null, [], [])))
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

function text(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(2)} s`
}

function span(times: number[]): string {
  return `${text(Math.min(...times))}–${text(Math.max(...times))}`
}
