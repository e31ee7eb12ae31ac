import nock from 'nock'
import type { ProbotOctokit } from 'probot'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { Octokit, requestOptions } from '../../../src/github/client/app-client.ts'
import { conditional, createAnswerCache } from '../../../src/github/client/conditional.ts'

const at = { owner: 'acme', repo: 'shop', issue_number: 7, per_page: 100 }
const path = '/repos/acme/shop/issues/7/comments?per_page=100'
const cache = createAnswerCache()

/** A client as each job makes one, for an installation. */
function client(installationId: number): ProbotOctokit {
  return conditional(new Octokit({ auth: { token: 'token' }, request: requestOptions }), cache, installationId)
}

const comments = async (installationId: number) => (await client(installationId).rest.issues.listComments(at)).data

beforeAll(() => nock.disableNetConnect())

afterEach(() => {
  expect(nock.pendingMocks()).toEqual([])
  nock.cleanAll()
})

const tagged = (tag: string) => nock('https://api.github.com', { reqheaders: { 'if-none-match': tag } })
const untagged = () => nock('https://api.github.com', { badheaders: ['if-none-match'] })

test('what is read again is asked for by its tag, and a 304 gives what was read before', async () => {
  untagged()
    .get(path)
    .reply(200, [{ id: 1 }], { etag: '"a"' })
  expect(await comments(1)).toEqual([{ id: 1 }])
  tagged('"a"').get(path).reply(304)
  expect(await comments(1)).toEqual([{ id: 1 }])
  tagged('"a"')
    .get(path)
    .reply(200, [{ id: 2 }], { etag: '"b"' })
  expect(await comments(1)).toEqual([{ id: 2 }])
})

test('no installation is told what another one read', async () => {
  untagged()
    .get(path)
    .reply(200, [{ id: 3 }], { etag: '"c"' })
  expect(await comments(2)).toEqual([{ id: 3 }])
})

test('a full page is always read anew: its tag says nothing of a page after it', async () => {
  const full = Array.from({ length: 100 }, (_, id) => ({ id }))
  for (let read = 0; read < 2; read++) {
    untagged().get(path).reply(200, full, { etag: '"d"' })
    expect(await comments(3)).toHaveLength(100)
  }
})
