import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'

export const majors = [13, 14, 15, 16, 17, 18]

const folder = new URL('./servers/', import.meta.url)

/** A server of one major version; the packages are installed beside the root's when they are missing (60 MB each). */
export async function startMajor(major: number, settings: Record<string, string> = {}): Promise<PostgresServer> {
  if (!existsSync(new URL(`node_modules/postgres-${major}`, folder))) install()
  return startPostgres({ package: `postgres-${major}`, from: fileURLToPath(new URL('package.json', folder)), settings })
}

function install(): void {
  console.error('Installing one PostgreSQL of each major version …')
  // Not `npm ci`: npm 10 writes no lock entries for the other platforms' packages below an alias, and then refuses it.
  const { status } = spawnSync(
    'npm',
    ['install', '--prefix', fileURLToPath(folder), '--ignore-scripts', '--no-audit'],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  if (status !== 0) throw new Error('npm install in test/truth/servers failed')
}
