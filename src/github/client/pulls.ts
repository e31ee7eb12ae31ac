import type { RepositoryClient } from './port.ts'
import { all, type Requests } from './requests.ts'

/** Pull requests, and GitHub's clock as their answers tell it. */
export function pullCalls({ here, read, rest, paginate }: Requests) {
  let date: string | null = null
  const noteTime = <T extends { headers: { date?: string } }>(response: T): T => {
    if (response.headers.date) date = new Date(response.headers.date).toISOString()
    return response
  }
  return {
    async pullRequest(number) {
      const { data } = noteTime(await read('read pull request', () => rest.pulls.get({ ...here, pull_number: number })))
      const head = data.head.repo as { full_name: string } | null
      return {
        number,
        url: data.html_url,
        open: data.state === 'open',
        changedAt: data.updated_at,
        author: data.user?.login ?? '',
        head: { sha: data.head.sha, repository: head?.full_name ?? null },
        base: { ref: data.base.ref, repository: data.base.repo.full_name },
        public: !data.base.repo.private,
        fork: head?.full_name !== data.base.repo.full_name,
        labels: data.labels.map((label) => label.name),
        changedFiles: data.changed_files,
        hasComments: data.comments > 0,
        hasReviewComments: data.review_comments > 0,
      }
    },
    async openPullRequests() {
      const pulls = await read('list pull requests', () =>
        paginate(rest.pulls.list, { ...here, ...all, state: 'open' }),
      )
      return pulls.map(({ number, head, base, labels, updated_at: changedAt }) => ({
        number,
        changedAt,
        head: head.sha,
        base: base.ref,
        labels: labels.map(({ name }) => name),
      }))
    },
    async pullRequests(since, most) {
      const found: { number: number; head: string }[] = []
      const asked = { ...here, ...all, state: 'all', sort: 'updated', direction: 'desc' } as const
      await read('list pull requests', async () => {
        found.length = 0
        for await (const { data } of paginate.iterator(rest.pulls.list, asked)) {
          for (const { number, head, updated_at: at } of data) {
            if (found.length >= most || (since !== null && at < since)) return
            found.push({ number, head: head.sha })
          }
        }
      })
      return found
    },
    async changedFiles(number) {
      const files = await read('list changed files', () =>
        paginate(rest.pulls.listFiles, { ...here, ...all, pull_number: number }),
      )
      return files.map((file) => ({
        path: file.filename,
        previous: file.previous_filename ?? null,
        status: file.status,
        sha: file.sha ?? null,
        patch: file.patch ?? null,
      }))
    },
    async commits(number) {
      const commits = await read('list commits', () =>
        paginate(rest.pulls.listCommits, { ...here, ...all, pull_number: number }),
      )
      return commits.map((commit) => commit.sha)
    },
    now: () => date ?? new Date().toISOString(),
  } satisfies Partial<RepositoryClient>
}
