import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { openStore } from '../../src/store/store.ts'

/** The PostgreSQL that the server runs for itself, on real folders and with real kills. */

const folder = mkdtempSync(join(tmpdir(), 'lockcast-store-'))
chmodSync(folder, 0o711)
const quiet = { info() {}, error() {} }
const choice = { kind: 'embedded', folder, app: 'a test' } as const
const how = { works: true, beside: false, log: quiet }

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('what was committed is there after kill -9, and a second process is refused meanwhile', async () => {
  const store = fileURLToPath(new URL('../../src/store/store.ts', import.meta.url))
  const script = `
    const { openStore } = await import(${JSON.stringify(store)})
    const quiet = { info() {}, error() {} }
    const store = await openStore(${JSON.stringify(choice)}, { works: true, beside: false, log: quiet })
    await store.records.saveValue('kept', 42)
    console.log('saved')
    setInterval(() => {}, 1000)
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  await expect(openStore(choice, how)).rejects.toThrow('another Lockcast process uses')
  const beside = await openStore(choice, { ...how, works: false, beside: true })
  expect(await beside.records.value('kept')).toBe(42)
  await beside.close()
  child.kill('SIGKILL')
  await once(child, 'exit')
  const next = await openStore(choice, how)
  expect(await next.records.value('kept')).toBe(42)
  await next.close()
})

test('another app has data of its own in the same folder', async () => {
  const other = await openStore({ ...choice, app: 'another' }, how)
  expect(await other.records.value('kept')).toBeNull()
  await other.close()
})

test('data of another major version are refused with the way out', async () => {
  writeFileSync(join(folder, 'postgres/data/PG_VERSION'), '12\n')
  await expect(openStore(choice, how)).rejects.toThrow(
    /written by PostgreSQL 12.*move the folder away.*LOCKCAST_STORE_URL/,
  )
})
