import { page, type Route } from './call.ts'
import { commitShape, fileShape, pullCommits, pullFiles, pullShape, wholePullShape } from './shapes-pulls.ts'

/** GitHub tells the first 3,000 files of a pull request and no more, and 250 commits. */
const mostFiles = 3_000
const mostCommits = 250

export const pullRoutes: Route[] = [
  {
    operation: 'get /repos/{owner}/{repo}/pulls',
    needs: ['pull_requests:read'],
    handle(call) {
      const state = call.query.get('state') ?? 'open'
      const pulls = [...call.repository().pulls.values()].filter((pull) => state === 'all' || pull.state === state)
      return page(call, pulls.reverse(), (part) => part.map((pull) => pullShape(call.world, pull)))
    },
  },
  {
    operation: 'get /repos/{owner}/{repo}/pulls/{pull_number}',
    needs: ['pull_requests:read'],
    handle: (call) => ({ status: 200, body: wholePullShape(call.world, call.pull()) }),
  },
  {
    operation: 'get /repos/{owner}/{repo}/pulls/{pull_number}/files',
    needs: ['pull_requests:read'],
    handle(call) {
      const pull = call.pull()
      return page(call, pullFiles(pull).slice(0, mostFiles), (part) =>
        part.map((change) => fileShape(call.world, pull, change)),
      )
    },
  },
  {
    operation: 'get /repos/{owner}/{repo}/pulls/{pull_number}/commits',
    needs: ['pull_requests:read'],
    handle(call) {
      const pull = call.pull()
      return page(call, pullCommits(pull).slice(0, mostCommits), (part) =>
        part.map((commit) => commitShape(call.world, pull.base.repository, commit)),
      )
    },
  },
]
