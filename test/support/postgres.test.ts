import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { startPostgres } from './postgres.ts'

test('a stopped server leaves no folder and no process', async () => {
  const server = await startPostgres({ settings: { work_mem: '7MB' } })
  const client = await server.connect()
  const { rows } = await client.query<{ work_mem: string }>('SHOW work_mem')
  expect(rows).toEqual([{ work_mem: '7MB' }])
  expect(server.version).toBe(17)
  await server.stop()
  expect(existsSync(dirname(server.dataDirectory))).toBe(false)
  await expect(server.connect()).rejects.toThrow()
})

test('a setting that the server refuses is told by its log', async () => {
  await expect(startPostgres({ settings: { work_mem: 'lots' } })).rejects.toThrow(
    /invalid value for parameter "work_mem"/,
  )
})

test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
  'a process that ends by %s takes its servers with it',
  async (signal) => {
    const helper = fileURLToPath(new URL('./postgres.ts', import.meta.url))
    const script = `
    import { startPostgres } from ${JSON.stringify(helper)}
    const server = await startPostgres()
    console.log(server.dataDirectory)
    setInterval(() => {}, 1_000)
  `
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const dataDirectory = await new Promise<string>((resolve) => {
      child.stdout.setEncoding('utf8').once('data', (line: string) => resolve(line.trim()))
    })
    expect(existsSync(dataDirectory)).toBe(true)
    child.kill(signal)
    await vi.waitFor(() => expect(existsSync(dirname(dataDirectory))).toBe(false), { timeout: 20_000, interval: 20 })
  },
)
