import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'

/** A driver is called as `node --import tsx run/<tool>.mjs <url> <project folder>`; it runs each file up, then each down. */
export const [, , url, folder] = process.argv

/** The migration files of the project, in order. */
export const files = readdirSync(join(folder, 'migrations'))
  .filter((name) => /\.(?:[cm]?[jt]s|sql)$/.test(name) && !name.endsWith('.d.ts'))
  .sort()
  .map((name) => ({ name, path: join(folder, 'migrations', name) }))

const client = new pg.Client({ connectionString: url })
await client.connect()

/** Writes a line into the server's log that says what follows. */
export async function mark(direction, name) {
  await client.query(`SELECT 'lockcast ${direction} ${name}'`)
}

/** Runs a step; an error ends the file, not the run. */
export async function attempt(direction, name, run) {
  await mark(direction, name)
  try {
    await run()
  } catch (error) {
    console.error(`${direction} ${name}: ${error.message}`)
    process.exitCode = 1
  }
  await mark('end', name)
}

export async function finish() {
  await client.end()
}
