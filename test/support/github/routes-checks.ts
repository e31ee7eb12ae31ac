import { type Call, page, Refusal, type Route } from './call.ts'
import { checkRunShape } from './shapes-activity.ts'
import { type CheckRun, now } from './world.ts'

/** Summary and text of a check: bytes, though the description counts characters. */
const mostTextBytes = 65_535

interface CheckRunBody {
  name?: string
  head_sha?: string
  status?: string
  conclusion?: string
  external_id?: string
  details_url?: string
  started_at?: string
  completed_at?: string
  output?: { title?: string; summary: string; text?: string; annotations?: object[] }
  actions?: CheckRun['actions']
}

export const checkRoutes: Route[] = [
  {
    operation: 'get /repos/{owner}/{repo}/commits/{ref}/check-runs',
    needs: ['checks:read'],
    handle(call) {
      const repository = call.repository()
      const ref = call.parameters.ref ?? ''
      const sha = repository.branches.get(ref) ?? ref
      if (!repository.store.commits.has(sha)) throw new Refusal(422, `No commit found for SHA: ${sha}`)
      const [name, app, status] = ['check_name', 'app_id', 'status'].map((key) => call.query.get(key))
      let runs = repository.checkRuns.filter(
        (run) =>
          run.headSha === sha &&
          (!name || run.name === name) &&
          (!app || run.app === Number(app)) &&
          (!status || run.status === status),
      )
      // `latest`, the default, shows the newest run of a name only.
      if (call.query.get('filter') !== 'all') {
        runs = runs.filter(
          (run, at) => !runs.slice(at + 1).some((later) => later.name === run.name && later.app === run.app),
        )
      }
      return page(call, runs.reverse(), (part) => ({
        total_count: runs.length,
        check_runs: part.map((run) => checkRunShape(call.world, repository, run)),
      }))
    },
  },
  {
    operation: 'post /repos/{owner}/{repo}/check-runs',
    needs: ['checks:write'],
    handle(call) {
      const repository = call.repository()
      const body = call.body as CheckRunBody
      if (!repository.store.commits.has(body.head_sha ?? '')) throw new Refusal(422, 'No commit found for SHA')
      const run: CheckRun = {
        id: call.world.nextId(),
        name: body.name ?? '',
        headSha: body.head_sha ?? '',
        status: 'queued',
        conclusion: null,
        externalId: null,
        detailsUrl: null,
        startedAt: now(),
        completedAt: null,
        output: { title: null, summary: null, text: null },
        annotations: [],
        actions: [],
        app: call.world.app.id,
      }
      update(call, run, body)
      repository.checkRuns.push(run)
      return { status: 201, body: checkRunShape(call.world, repository, run) }
    },
  },
  {
    operation: 'patch /repos/{owner}/{repo}/check-runs/{check_run_id}',
    needs: ['checks:write'],
    handle(call) {
      const repository = call.repository()
      const run = repository.checkRuns.find((known) => known.id === Number(call.parameters.check_run_id))
      if (!run) throw new Refusal(404, 'Not Found')
      if (run.app !== call.world.app.id) throw new Refusal(403, 'Invalid app_id')
      update(call, run, call.body as CheckRunBody)
      return { status: 200, body: checkRunShape(call.world, repository, run) }
    },
  },
]

function update(call: Call, run: CheckRun, body: CheckRunBody): void {
  for (const part of [body.output?.summary, body.output?.text]) {
    if (part !== undefined && Buffer.byteLength(part) > mostTextBytes) {
      throw new Refusal(
        422,
        `Invalid request.\n\nOnly 65535 characters are allowed; ${Buffer.byteLength(part)} were supplied.`,
      )
    }
  }
  if (body.status === 'completed' && body.conclusion === undefined) {
    throw new Refusal(422, 'Invalid request.\n\nMissing required keys: conclusion')
  }
  // A completed run cannot be opened again: GitHub keeps its conclusion.
  const isKept = run.status === 'completed' && body.conclusion === undefined
  if (!isKept) run.status = body.conclusion === undefined ? (body.status ?? run.status) : 'completed'
  if (run.status === 'completed') {
    run.conclusion = body.conclusion ?? run.conclusion
    run.completedAt = body.completed_at ?? now()
  } else {
    run.conclusion = null
    run.completedAt = null
  }
  run.externalId = body.external_id ?? run.externalId
  run.detailsUrl = body.details_url ?? run.detailsUrl
  run.startedAt = body.started_at ?? run.startedAt
  run.actions = body.actions ?? run.actions
  if (body.output) {
    const { title, summary, text, annotations } = body.output
    run.output = { title: title ?? run.output.title, summary, text: text ?? run.output.text }
    // Annotations are only ever added; a check run cannot lose one.
    run.annotations.push(...(annotations ?? []))
  }
  call.changed({ kind: 'check run', repository: call.repository(), sha: run.headSha })
}
