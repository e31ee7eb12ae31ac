import type { Octokit } from '@octokit/rest'
import { readArchive } from './archive.ts'
import { once, reading } from './calls.ts'
import type { Clock } from './clock.ts'
import { GitHubError } from './failure.ts'
import type { CheckRun, RepositoryClient } from './port.ts'
import type { Throttle } from './throttle.ts'

/** The name of the required check. */
export const checkName = 'lockcast'

/** GitHub takes three at most: label and identifier of 20 characters, a description of 40. */
const buttons = [
  { label: 'Review again', identifier: 'review-again', description: 'Judge this commit by what holds now' },
]

export function createRepositoryClient(
  octokit: Pick<Octokit, 'rest' | 'paginate'>,
  at: { owner: string; repo: string; appId: number | null },
  { clock, throttle }: { clock: Clock; throttle: Throttle },
): RepositoryClient {
  const { owner, repo } = at
  const here = { owner, repo }
  const { rest } = octokit
  let date: string | null = null

  const noteTime = <T extends { headers: { date?: string } }>(response: T): T => {
    if (response.headers.date) date = new Date(response.headers.date).toISOString()
    return response
  }
  const inTurn = async <T>(kind: Parameters<Throttle['turn']>[0], request: () => Promise<T>): Promise<T> => {
    await throttle.turn(kind)
    return request()
  }
  /** Once GitHub has told to wait, no request of this installation goes out until then. */
  const heeding = async <T>(request: Promise<T>): Promise<T> => {
    try {
      return await request
    } catch (error) {
      if (error instanceof GitHubError && error.failure.kind === 'rate limited') throttle.pause(error.failure.retryAt)
      throw error
    }
  }
  const read = <T>(call: string, request: () => Promise<T>) =>
    heeding(reading(clock, call, () => inTurn('read', request)))
  const write = <T>(call: string, request: () => Promise<T>, kind: 'write' | 'verdict' = 'write') =>
    heeding(once(clock, call, () => inTurn(kind, request)))
  const all = { per_page: 100 }
  const fileOf = async (at: { owner: string; repo: string; path: string; ref?: string }): Promise<Buffer | null> => {
    try {
      const { data } = await read('read file', () => rest.repos.getContent(at))
      return 'content' in data && typeof data.content === 'string' ? Buffer.from(data.content, 'base64') : null
    } catch (error) {
      if (error instanceof GitHubError && error.failure.kind === 'not found') return null
      throw error
    }
  }

  return {
    repository: `${owner}/${repo}`,
    async pullRequest(number) {
      const { data } = noteTime(await read('read pull request', () => rest.pulls.get({ ...here, pull_number: number })))
      const head = data.head.repo as { full_name: string } | null
      return {
        number,
        url: data.html_url,
        open: data.state === 'open',
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
        octokit.paginate(rest.pulls.list, { ...here, ...all, state: 'open' }),
      )
      return pulls.map(({ number, head, base, labels }) => ({
        number,
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
        for await (const { data } of octokit.paginate.iterator(rest.pulls.list, asked)) {
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
        octokit.paginate(rest.pulls.listFiles, { ...here, ...all, pull_number: number }),
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
        octokit.paginate(rest.pulls.listCommits, { ...here, ...all, pull_number: number }),
      )
      return commits.map((commit) => commit.sha)
    },
    async tree(ref) {
      const { data } = await read('read tree', () => rest.git.getTree({ ...here, tree_sha: ref, recursive: '1' }))
      const files = new Map<string, { sha: string; bytes: number | null }>()
      for (const entry of data.tree) {
        if (entry.type === 'blob') files.set(entry.path, { sha: entry.sha, bytes: entry.size ?? null })
      }
      return { files, truncated: data.truncated }
    },
    async blob(sha) {
      const { data } = await read('read blob', () => rest.git.getBlob({ ...here, file_sha: sha }))
      return Buffer.from(data.content, 'base64')
    },
    async archive(sha, reader) {
      await read('read archive', async () => {
        const request = { parseSuccessResponseBody: false }
        const { data } = await rest.repos.downloadTarballArchive({ ...here, ref: sha, request })
        await readArchive(data as ReadableStream<Uint8Array>, reader)
      })
    },
    file: (path, ref) => fileOf({ ...here, path, ...(ref === null ? {} : { ref }) }),
    async organisationFile(path) {
      try {
        return await fileOf({ owner, repo: '.github', path })
      } catch (error) {
        if (error instanceof GitHubError && error.failure.kind === 'forbidden') return null
        throw error
      }
    },
    async checkRuns(sha) {
      // The newest of the name only: GitHub counts that one. The app's own, since any app may use the name.
      const { data } = await read('list check runs', () =>
        rest.checks.listForRef({
          ...here,
          ...all,
          ref: sha,
          check_name: checkName,
          ...(at.appId === null ? {} : { app_id: at.appId }),
        }),
      )
      return data.check_runs.map(checkRun)
    },
    async createCheckRun(sha, externalId, output) {
      const { data } = await write('create check run', () =>
        rest.checks.create({
          ...here,
          name: checkName,
          head_sha: sha,
          external_id: externalId,
          status: 'in_progress',
          output,
        }),
      )
      return checkRun(data)
    },
    async updateCheckRun(id, change) {
      const { data } = await write(
        'update check run',
        () =>
          rest.checks.update({
            ...here,
            check_run_id: id,
            status: change.status,
            ...(change.output === null ? {} : { output: change.output }),
            ...(change.status === 'completed'
              ? { conclusion: change.conclusion, external_id: change.externalId, actions: buttons }
              : {}),
          }),
        change.status === 'completed' ? 'verdict' : 'write',
      )
      return checkRun(data)
    },
    async reviewComments(number) {
      const comments = await read('list review comments', () =>
        octokit.paginate(rest.pulls.listReviewComments, { ...here, ...all, pull_number: number }),
      )
      return comments.map((comment) => ({
        id: comment.id,
        author: comment.user?.login ?? '',
        body: comment.body,
        line: comment.line ?? null,
        inReplyTo: comment.in_reply_to_id ?? null,
      }))
    },
    async reviews(number) {
      const reviews = await read('list reviews', () =>
        octokit.paginate(rest.pulls.listReviews, { ...here, ...all, pull_number: number }),
      )
      return reviews.map((review) => ({
        author: review.user?.login ?? '',
        body: review.body,
        at: review.submitted_at ?? '',
      }))
    },
    async createReview(number, commit, comments) {
      await write('create review', () =>
        rest.pulls.createReview({
          ...here,
          pull_number: number,
          commit_id: commit,
          event: 'COMMENT',
          comments: comments.map(({ path, body, line, startLine }) => ({
            path,
            body,
            line,
            side: 'RIGHT',
            ...(startLine === null ? {} : { start_line: startLine, start_side: 'RIGHT' }),
          })),
        }),
      )
    },
    async deleteReviewComment(id) {
      await write('delete review comment', () => rest.pulls.deleteReviewComment({ ...here, comment_id: id }))
    },
    async comments(number) {
      const comments = await read('list comments', () =>
        octokit.paginate(rest.issues.listComments, { ...here, ...all, issue_number: number }),
      )
      return comments.map((comment) => ({
        id: comment.id,
        author: comment.user?.login ?? '',
        body: comment.body ?? '',
        at: comment.created_at,
      }))
    },
    async createComment(number, body) {
      await write('create comment', () => rest.issues.createComment({ ...here, issue_number: number, body }))
    },
    async updateComment(id, body) {
      await write('update comment', () => rest.issues.updateComment({ ...here, comment_id: id, body }))
    },
    async labelEvents(number) {
      const events = await read('read timeline', () =>
        octokit.paginate(rest.issues.listEventsForTimeline, { ...here, ...all, issue_number: number }),
      )
      return events.flatMap((event) => {
        if (event.event !== 'labeled' || !('label' in event) || !event.label) return []
        return [
          {
            id: event.id ?? 0,
            label: event.label.name ?? '',
            actor: event.actor?.login ?? '',
            person: event.actor?.type === 'User' && !event.performed_via_github_app,
            at: event.created_at ?? '',
          },
        ]
      })
    },
    async role(login) {
      const { data } = await read('read role', () =>
        rest.repos.getCollaboratorPermissionLevel({ ...here, username: login }),
      )
      // The old `permission` field says write for maintain; a custom role shows only in the booleans.
      const may = data.user?.permissions
      const named = data.role_name === 'maintain' || data.role_name === 'admin'
      return { name: data.role_name, mayOverride: named || may?.maintain === true || may?.admin === true }
    },
    async isTeamMember(team, login) {
      try {
        const { data } = await read('read team membership', () =>
          rest.teams.getMembershipForUserInOrg({ org: owner, team_slug: team, username: login }),
        )
        return data.state === 'active'
      } catch (error) {
        if (error instanceof GitHubError && error.failure.kind === 'not found') return false
        throw error
      }
    },
    async createLabel(label) {
      try {
        await write('create label', () => rest.issues.createLabel({ ...here, ...label }))
      } catch (error) {
        if (!(error instanceof GitHubError) || error.failure.kind !== 'refused') throw error
      }
    },
    async removeLabel(number, label) {
      await write('remove label', () => rest.issues.removeLabel({ ...here, issue_number: number, name: label }))
    },
    now: () => date ?? new Date().toISOString(),
  }
}

function checkRun(data: {
  id: number
  app: { slug?: string } | null
  status: string
  conclusion: string | null
  html_url: string | null
  external_id: string | null
  output: { title: string | null; summary: string | null; text: string | null }
}): CheckRun {
  return {
    id: data.id,
    app: data.app?.slug ?? '',
    completed: data.status === 'completed',
    conclusion: data.conclusion,
    url: data.html_url,
    externalId: data.external_id ?? '',
    title: data.output.title ?? '',
    summary: data.output.summary ?? '',
    text: data.output.text ?? '',
  }
}
