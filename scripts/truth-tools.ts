/**
 * Holds the reading of code migrations against the real tools: runs the fixtures of test/runners/tools with each tool on
 * an embedded PostgreSQL 17 that logs all statements, and records what it was sent beside them. `npm test` compares the
 * records with what Lockcast reads.
 *
 *   npm run truth:tools                    every tool
 *   npm run truth:tools -- --tool knex     one of them
 *
 * Needs `npm install` in test/runners/tools once.
 */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Recorded, tools } from '../test/runners/tools/recorded.ts'
import { startPostgres } from '../test/support/postgres.ts'

const home = fileURLToPath(new URL('../test/runners/tools/', import.meta.url))
const { values } = parseArgs({ options: { tool: { type: 'string', multiple: true } } })

let log = ''
const server = await startPostgres({
  settings: { log_statement: 'all', log_line_prefix: '<%d> ' },
  onLog: (text) => {
    log += text
  },
})
try {
  for (const tool of tools.filter(({ name }) => !values.tool || values.tool.includes(name))) {
    const database = tool.name.replace(/\W/g, '_')
    await server.run(`CREATE DATABASE ${database}`)
    const url = server.url.replace(/\/postgres(?=$|\?)/, `/${database}`)
    const errors = await runTool(tool, url)
    const recorded: Recorded = {
      tool: tool.name,
      version: versionOf(tool.package),
      files: segments(entries(log), database, tool.own),
    }
    writeFileSync(join(home, 'recorded', `${tool.name}.json`), `${JSON.stringify(recorded, null, 2)}\n`)
    const count = recorded.files.reduce((sum, file) => sum + file.up.length + file.down.length, 0)
    process.stdout.write(
      `${tool.name} ${recorded.version}: ${recorded.files.length} files, ${count} messages\n${errors}`,
    )
  }
} finally {
  await server.stop()
}

function runTool(tool: (typeof tools)[number], url: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', join('run', `${tool.driver}.mjs`), url, join(home, 'fixtures', tool.fixtures)],
      { cwd: home, env: { ...process.env, ...tool.env }, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let errors = ''
    child.stdout.on('data', () => {})
    child.stderr.on('data', (bytes) => {
      errors += bytes
    })
    const timer = setTimeout(() => child.kill(), 120_000)
    child.on('close', () => {
      clearTimeout(timer)
      resolve(errors)
    })
  })
}

function versionOf(name: string): string {
  const manifest = JSON.parse(readFileSync(join(home, 'node_modules', name, 'package.json'), 'utf8')) as {
    version: string
  }
  return manifest.version
}

interface LogLine {
  database: string
  message: string
}

/** Entries of the log; further lines of a message begin with a tab. */
function entries(log: string): LogLine[] {
  const found: LogLine[] = []
  for (const line of log.split('\n')) {
    const first = /^<(.*?)> LOG: {2}(.*)$/.exec(line)
    if (first) found.push({ database: first[1] ?? '', message: first[2] ?? '' })
    else if (line.startsWith('\t') && found.length > 0) found.at(-1)!.message += `\n${line.slice(1)}`
    else if (line.startsWith('<')) found.push({ database: '', message: '' })
  }
  return found
}

/** The messages between the marks of the driver, without what the tool asks and writes for itself. */
function segments(lines: LogLine[], database: string, own: RegExp): Recorded['files'] {
  const files = new Map<string, Recorded['files'][number]>()
  let current: string[] | null = null
  for (const { database: of, message } of lines) {
    if (of !== database) continue
    const sql = /^(?:statement|execute [^:]*): ([\s\S]*)$/.exec(message)?.[1]
    if (sql === undefined) continue
    const mark = /^SELECT 'lockcast (up|down|end) (.*)'$/.exec(sql)
    if (mark) {
      const [, direction = '', name = ''] = mark
      const file = files.get(name) ?? { name, up: [], down: [] }
      files.set(name, file)
      current = direction === 'end' ? null : file[direction as 'up' | 'down']
    } else if (current && !own.test(sql)) current.push(sql)
  }
  return [...files.values()]
}
