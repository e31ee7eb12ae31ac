import { appShape, userShape } from './shapes.ts'
import { commitShape, pullMinimalShape } from './shapes-pulls.ts'
import {
  type CheckRun,
  type Comment,
  fullName,
  headSha,
  type Pull,
  type Repository,
  type Review,
  type ReviewComment,
  type TimelineEvent,
  type World,
} from './world.ts'

/** Checks, comments and the timeline, as GitHub shows them. */

export function checkRunShape(world: World, repository: Repository, run: CheckRun) {
  const url = `${world.origin}/repos/${fullName(repository)}/check-runs/${run.id}`
  return {
    id: run.id,
    node_id: `CR_${run.id}`,
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: `${world.origin}/${fullName(repository)}/runs/${run.id}`,
    details_url: run.detailsUrl ?? 'https://lockcast.test/',
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: { ...run.output, annotations_count: run.annotations.length, annotations_url: `${url}/annotations` },
    name: run.name,
    check_suite: { id: run.id + 1 },
    app: appShape(world),
    // GitHub leaves out pull requests from forks.
    pull_requests: [...repository.pulls.values()]
      .filter((pull) => pull.head.repository === repository && headSha(pull) === run.headSha)
      .map((pull) => pullMinimalShape(world, pull)),
  }
}

export function commentShape(world: World, pull: Pull, comment: Comment) {
  const repository = fullName(pull.base.repository)
  return {
    id: comment.id,
    node_id: `IC_${comment.id}`,
    url: `${world.origin}/repos/${repository}/issues/comments/${comment.id}`,
    html_url: `${world.origin}/${repository}/pull/${pull.number}#issuecomment-${comment.id}`,
    issue_url: `${world.origin}/repos/${repository}/issues/${pull.number}`,
    user: userShape(world, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: 'NONE' as const,
    body: comment.body,
    performed_via_github_app: comment.viaApp ? appShape(world) : null,
  }
}

export function reviewShape(world: World, pull: Pull, review: Review) {
  const repository = fullName(pull.base.repository)
  const html = `${world.origin}/${repository}/pull/${pull.number}#pullrequestreview-${review.id}`
  const url = `${world.origin}/repos/${repository}/pulls/${pull.number}`
  return {
    id: review.id,
    node_id: `PRR_${review.id}`,
    user: userShape(world, review.author),
    body: review.body,
    state: review.event === 'COMMENT' ? 'COMMENTED' : review.event,
    html_url: html,
    pull_request_url: url,
    author_association: 'NONE' as const,
    _links: { html: { href: html }, pull_request: { href: url } },
    submitted_at: review.at,
    commit_id: review.commit,
  }
}

export function reviewCommentShape(world: World, pull: Pull, comment: ReviewComment) {
  const repository = fullName(pull.base.repository)
  const url = `${world.origin}/repos/${repository}/pulls/comments/${comment.id}`
  const html = `${world.origin}/${repository}/pull/${pull.number}#discussion_r${comment.id}`
  const pullUrl = `${world.origin}/repos/${repository}/pulls/${pull.number}`
  return {
    id: comment.id,
    node_id: `PRRC_${comment.id}`,
    url,
    pull_request_review_id: comment.review,
    diff_hunk: comment.hunk,
    path: comment.path,
    position: 1,
    original_position: 1,
    commit_id: comment.commit,
    original_commit_id: comment.commit,
    ...(comment.inReplyTo === null ? {} : { in_reply_to_id: comment.inReplyTo }),
    user: userShape(world, comment.author),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    html_url: html,
    pull_request_url: pullUrl,
    author_association: 'NONE' as const,
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pullUrl } },
    start_line: comment.startLine,
    start_side: comment.startLine === null ? null : comment.side,
    // Outdated comments have no line any more.
    ...(comment.line === null ? {} : { line: comment.line }),
    side: comment.side,
    subject_type: 'line' as const,
  }
}

export function timelineShape(world: World, pull: Pull, event: TimelineEvent) {
  if (event.kind === 'committed') {
    const { commit } = event
    const shape = commitShape(world, pull.base.repository, commit)
    return {
      sha: commit.sha,
      node_id: shape.node_id,
      url: shape.url,
      html_url: shape.html_url,
      author: shape.commit.author,
      committer: shape.commit.committer,
      tree: shape.commit.tree,
      message: commit.message,
      parents: shape.parents.map((parent) => ({ ...parent, html_url: parent.url })),
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
      event: 'committed',
    }
  }
  return {
    id: event.id,
    node_id: `LE_${event.id}`,
    url: `${world.origin}/repos/${fullName(pull.base.repository)}/issues/events/${event.id}`,
    actor: userShape(world, event.actor),
    event: event.kind,
    commit_id: null,
    commit_url: null,
    created_at: event.at,
    label: { name: event.label, color: 'ededed' },
    performed_via_github_app: event.viaApp ? appShape(world) : null,
  }
}
