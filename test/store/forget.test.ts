import { afterAll, beforeAll, expect, test } from 'vitest'
import { openQueue } from '../../src/store/job-queue.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { freshStore } from '../support/store.ts'

const log = { info() {}, error() {} }
let store: Store
beforeAll(async () => {
  store = await openStore({ kind: 'url', url: await freshStore() }, { works: false, beside: true, log })
})
afterAll(() => store.close())

test('nothing of a forgotten installation stays but ids without a name, and another one keeps all', async () => {
  const queue = await openQueue(store, { concurrency: 1, perOwner: [], mostAttempts: 1 }, log, null)
  for (const [installationId, repository] of [
    [7, 'acme/shop'],
    [77, 'other/shop'],
  ] as const) {
    const { records } = store
    const pull = { number: 1, installationId, open: true, head: 'a', base: 'main', changedAt: '2026-01-01T00:00:00Z' }
    await records.see(repository, pull)
    await records.saveCheck(repository, 'a', { text: repository })
    await records.savePullRecord(repository, 1, 'a', { of: repository })
    await records.saveWantedComments(repository, 1, { of: repository })
    await records.saveValue(`key of installation ${installationId}`, 'secret')
    const key = `pull ${installationId} ${repository}#1`
    await queue.add([{ task: 'pull', key, payloads: [{}], owners: [], rank: 0, delayMs: 60_000 }])
  }
  expect(await store.records.forget(7, 'key of installation 7')).toEqual(['acme/shop'])
  const tables = ['pulls', 'heads', 'pull_records', 'comments', 'label_events', 'reasons', 'values']
  const { rows } = await store.pool.query<{ row: string }>(
    tables.map((table) => `SELECT to_jsonb(t)::text AS row FROM lockcast.${table} AS t`).join(' UNION ALL '),
  )
  const kept = rows.map(({ row }) => row).join('\n')
  expect(kept).not.toContain('acme/shop')
  expect(kept).not.toContain('key of installation 7"')
  expect(kept.match(/other\/shop/g)?.length).toBeGreaterThanOrEqual(4)
  expect(kept).toContain('key of installation 77')
  expect((await queue.list()).map(({ key }) => key)).toEqual(['pull 77 other/shop#1'])
  await queue.close(0)
})
