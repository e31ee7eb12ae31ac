import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startPostgres } from '../../support/postgres.ts'

/** Runs a real migration tool against a server that logs every statement. */

export type DebianTool = 'rails' | 'django' | 'alembic'

/** The messages that reached the server, by file and direction, with the tool's name and version. */
export interface Recording {
  tool: string
  files: Record<string, { up?: string[]; down?: string[] }>
  /** What the tool wrote to its error output. */
  complaints: string[]
}

const run = promisify(execFile)

/** Debian's packages are of its own Python, whatever comes first on the PATH. */
const debianPython = '/usr/bin/python3'

const commands: Record<DebianTool, string[]> = {
  rails: ['ruby', 'rails.rb'],
  django: [debianPython, 'django_.py'],
  alembic: [debianPython, 'alembic_.py'],
}

/** Whether the tool is installed here. */
export async function installed(tool: DebianTool): Promise<boolean> {
  const [program = '', ...args] =
    tool === 'rails'
      ? ['ruby', '-e', 'require "active_record"; require "pg"']
      : [debianPython, '-c', `import ${tool}, psycopg2`]
  return run(program, args).then(
    () => true,
    () => false,
  )
}

/** Runs all migrations of `fixtures/migrations/<tool>`, up and then down. */
export async function record(tool: DebianTool, folder: string = fixtureFolder(tool)): Promise<Recording> {
  const server = await startPostgres({
    settings: {
      log_statement: 'all',
      logging_collector: 'on',
      log_destination: 'jsonlog',
      log_directory: 'log',
      log_rotation_size: '0',
    },
  })
  try {
    const [program = '', script = ''] = commands[tool]
    const file = fileURLToPath(new URL(script, import.meta.url))
    const { stdout, stderr } = await run(program, [file, server.url, folder], {
      maxBuffer: 64_000_000,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    })
    return {
      tool: stdout.trim(),
      files: byFile(messages(server.dataDirectory)),
      complaints: stderr.split('\n').filter((line) => line !== ''),
    }
  } finally {
    await server.stop()
  }
}

function fixtureFolder(tool: DebianTool): string {
  return fileURLToPath(new URL(`../../../fixtures/migrations/${tool}/`, import.meta.url))
}

/** Every message in the server's log, in its order. */
function messages(dataDirectory: string): string[] {
  const folder = join(dataDirectory, 'log')
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return files.sort().flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .flatMap((line) => {
        const { message = '' } = JSON.parse(line) as { message?: string }
        const statement = /^(?:statement|execute [^:]*): ([\s\S]*)$/.exec(message)?.[1]
        return statement === undefined ? [] : [statement]
      }),
  )
}

/** What the tools ask or note for themselves. */
const bookkeeping =
  /schema_migrations|ar_internal_metadata|django_migrations|django_content_type|auth_permission|alembic_version|pg_(catalog|class|type|attribute|constraint|index|available_extensions|extension|advisory|try_advisory|get_)|current_schema|^\s*(SET (client_min|standard_conf|time zone|SESSION timezone|intervalstyle)|SHOW |SELECT version|select current|SELECT 1$)|information_schema|SAVEPOINT|^DEALLOCATE|::regtype/i

function byFile(all: string[]): Recording['files'] {
  const files: Recording['files'] = {}
  let current: string[] | null = null
  for (const sql of all) {
    const mark = /^SELECT 'lockcast (?:(\S+) (up|down)|end)'$/.exec(sql)
    if (mark?.[1]) {
      current = []
      const file = files[mark[1]] ?? {}
      files[mark[1]] = { ...file, [mark[2] as 'up' | 'down']: current }
    } else if (mark) current = null
    else if (current && !bookkeeping.test(sql)) current.push(settled(sql))
  }
  return files
}

/** What a tool computes anew in each run: the time and random identifiers. */
function settled(sql: string): string {
  return sql
    .replaceAll(/'[\d-]+T[\d:.+-]+'::timestamptz/g, "'2000-01-01T00:00:00+00:00'::timestamptz")
    .replaceAll(/'[\d-]+'::date/g, "'2000-01-01'::date")
    .replaceAll(/'[0-9a-f]{8}-[0-9a-f-]{27}'::uuid/g, "'00000000-0000-0000-0000-000000000000'::uuid")
}
