import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

/** A temporary folder of the demo's own, to see what it leaves there. */
let temporary = ''
const main = new URL('../../src/cli/main.ts', import.meta.url).pathname

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'lockcast-demo-'))
  // As temporary folders are: root's server runs as another user.
  await chmod(temporary, 0o1777)
})
afterEach(() => rm(temporary, { recursive: true, force: true }))

test('the demo blocks, refuses, overrides, blocks again and turns green; nothing is left', async () => {
  const demo = start([])
  expect(await demo.ended).toBe(0)
  const steps = demo.output().split(/^\d {2}/m)
  expect(steps).toHaveLength(8)
  const [, shop, numbers, opened, refused, granted, voided, safe] = steps
  expect(shop).toContain('could not create unique index "customers_email_key"')
  // Counted, Lockcast's, bytes, and n_live_tup on primary and standby.
  expect(numbers).toMatch(/orders +20,000 +20,000 +\S+ MB +20,000 +0$/m)
  expect(opened).toContain('answered 202')
  expect(opened).toContain('(check run: failure)')
  expect(opened).toMatch(/lockcast\[bot\] on line 12\n.*Will fail: orders\.coupon_code holds about 2,\d{3} nulls/)
  expect(opened).toMatch(/lockcast\[bot\] on line 15\n.*customers_email_key already exists and is INVALID/)
  expect(refused).toContain('tom has the role triage')
  expect(refused).toContain('GitHub refuses the merge')
  expect(granted).toContain('mia (maintain) accepted')
  expect(granted).toContain('GitHub allows the merge')
  expect(voided).toContain('The override by mia ended')
  expect(voided).toContain('GitHub refuses the merge')
  expect(safe).toContain('(check run: success)')
  expect(safe).toContain('GitHub allows the merge')
  await expectNothingLeft(demo.output())
})

test('with --keep everything runs until Ctrl-C, and nothing is left', async () => {
  const demo = start(['--keep'])
  await demo.prints('fake GitHub')
  const health = /\S+\/healthz/.exec(demo.output())?.[0] ?? ''
  expect((await fetch(health)).status).toBe(200)
  demo.child.kill('SIGINT')
  expect(await demo.ended).toBe(0)
  await expectNothingLeft(demo.output())
})

test('Ctrl-C on the way leaves nothing', async () => {
  const demo = start([])
  await demo.prints('rows of customers')
  demo.child.kill('SIGINT')
  expect(await demo.ended).toBe(130)
  await expectNothingLeft(demo.output())
})

function start(options: string[]) {
  const child: ChildProcess = spawn(process.execPath, [main, 'demo', ...options], {
    env: { ...process.env, TMPDIR: temporary, LOCKCAST_DEMO_ROWS: '20000' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  let wake = (): void => {}
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part
      wake()
    })
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      wake()
      resolve(code)
    })
  })
  return {
    child,
    ended,
    output: () => text,
    async prints(words: string) {
      while (!text.includes(words)) {
        if (child.exitCode !== null) throw new Error(text)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

/** No server answers any more; in the temporary folder are caches only, of what initdb made and of Node's compiler. */
async function expectNothingLeft(output: string): Promise<void> {
  const ports = [...output.matchAll(/(?:port |127\.0\.0\.1:)(\d+)/g)].map(([, port]) => Number(port))
  expect(ports.length).toBeGreaterThan(0)
  for (const port of new Set(ports)) await expect(answers(port)).resolves.toBe(false)
  expect((await readdir(temporary)).filter((name) => !name.includes('-cache'))).toEqual([])
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
