import { createHmac, randomUUID } from 'node:crypto'
import type {
  CheckRunRerequestedEvent,
  CheckSuiteRerequestedEvent,
  PullRequestEvent,
  PullRequestLabeledEvent,
} from '@octokit/webhooks-types'
import { appShape, labelShape, repositoryShape, userShape } from './shapes.ts'
import { checkRunShape } from './shapes-activity.ts'
import { pullMinimalShape, wholePullShape } from './shapes-pulls.ts'
import { type CheckRun, fullName, now, type Pull, type Repository, type User, type World } from './world.ts'

/** One delivery of an event and what the app answered. */
export interface Delivery {
  guid: string
  event: string
  payload: object
  /** HTTP status; null while under way or when the app could not be reached. */
  status: number | null
}

/** Headers with which GitHub sends an event, signed with the webhook's secret. */
export function deliveryHeaders(secret: string, event: string, guid: string, body: string): Record<string, string> {
  const sign = (algorithm: string) => createHmac(algorithm, secret).update(body).digest('hex')
  return {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/fake',
    'x-github-event': event,
    'x-github-delivery': guid,
    'x-github-hook-id': '1',
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature': `sha1=${sign('sha1')}`,
    'x-hub-signature-256': `sha256=${sign('sha256')}`,
  }
}

export async function deliver(url: string, secret: string, delivery: Delivery): Promise<void> {
  const body = JSON.stringify(delivery.payload)
  try {
    const headers = deliveryHeaders(secret, delivery.event, delivery.guid, body)
    const response = await fetch(url, { method: 'POST', headers, body })
    await response.arrayBuffer()
    delivery.status = response.status
  } catch {
    // GitHub notes that nobody answered and goes on; it does not try again by itself.
    delivery.status = null
  }
}

export function newDelivery(event: string, payload: object): Delivery {
  return { guid: randomUUID(), event, payload, status: null }
}

/** What is around every payload. */
function common(world: World, repository: Repository, sender: User) {
  const { installation } = repository
  return {
    repository: repositoryShape(world, repository),
    sender: userShape(world, sender),
    ...(installation ? { installation: { id: installation.id, node_id: `I_${installation.id}` } } : {}),
  }
}

export type PullAction =
  | { action: 'opened' | 'reopened' | 'closed' | 'ready_for_review' }
  | { action: 'synchronize'; before: string; after: string }
  | { action: 'edited'; changes: { base?: { ref: { from: string }; sha: { from: string } }; title?: { from: string } } }
  | { action: 'labeled' | 'unlabeled'; label: string }

export function pullPayload(world: World, pull: Pull, sender: User, what: PullAction): PullRequestEvent {
  const repository = pull.base.repository
  const label = 'label' in what ? repository.labels.get(what.label) : undefined
  // The rest fits the type of every action; that the action goes with its own fields is said by PullAction.
  const rest = {
    number: pull.number,
    pull_request: wholePullShape(world, pull),
    label: labelShape(world, repository, label ?? { id: 0, name: 'label' in what ? what.label : '' }),
    ...common(world, repository, sender),
  } satisfies Omit<PullRequestLabeledEvent, 'action'>
  return { ...rest, ...what, label: 'label' in what ? rest.label : undefined } as PullRequestEvent
}

export function checkRunRerequested(
  world: World,
  repository: Repository,
  run: CheckRun,
  sender: User,
): CheckRunRerequestedEvent {
  const shape = checkRunShape(world, repository, run)
  const suite = checkSuite(world, repository, run.headSha)
  return {
    action: 'rerequested',
    check_run: {
      ...shape,
      external_id: shape.external_id ?? '',
      status: 'completed',
      conclusion: 'failure',
      completed_at: shape.completed_at ?? now(),
      check_suite: suite,
    },
    ...common(world, repository, sender),
  }
}

export function checkSuiteRerequested(
  world: World,
  repository: Repository,
  sha: string,
  sender: User,
): CheckSuiteRerequestedEvent {
  const suite = checkSuite(world, repository, sha)
  const commit = repository.store.commits.get(sha)
  const person = { name: commit?.author ?? '', email: `${commit?.author}@users.noreply.github.test` }
  return {
    action: 'rerequested',
    check_suite: {
      ...suite,
      latest_check_runs_count: 1,
      check_runs_url: `${suite.url}/check-runs`,
      head_commit: {
        id: sha,
        tree_id: commit?.tree ?? '',
        message: commit?.message ?? '',
        timestamp: commit?.date ?? '',
        author: person,
        committer: person,
      },
    },
    ...common(world, repository, sender),
  }
}

function checkSuite(world: World, repository: Repository, sha: string) {
  const url = `${world.origin}/repos/${fullName(repository)}/check-suites/1`
  const commit = repository.store.commits.get(sha)
  return {
    id: 1,
    node_id: 'CS_1',
    head_branch: [...repository.branches].find(([, tip]) => tip === sha)?.[0] ?? null,
    head_sha: sha,
    status: 'completed' as const,
    conclusion: 'failure' as const,
    url,
    before: null,
    after: sha,
    // Empty for forks, as on a check run.
    pull_requests: [...repository.pulls.values()]
      .filter((pull) => pull.head.repository === repository && repository.branches.get(pull.head.ref) === sha)
      .map((pull) => pullMinimalShape(world, pull)),
    app: appShape(world),
    created_at: commit?.date ?? '',
    updated_at: commit?.date ?? '',
  }
}

export function installationPayload(world: World, repositories: Repository[], sender: User) {
  const [first] = repositories
  return {
    action: 'created',
    installation: { id: first?.installation?.id ?? 0, account: userShape(world, sender), app_id: world.app.id },
    repositories: repositories.map((repository) => ({
      id: repository.id,
      node_id: `R_${repository.id}`,
      name: repository.name,
      full_name: fullName(repository),
      private: repository.private,
    })),
    sender: userShape(world, sender),
  }
}
