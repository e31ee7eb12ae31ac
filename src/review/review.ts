import { Catalog } from '../catalog/catalog.ts'
import { type Relation, relationName } from '../catalog/relation.ts'
import { relationKind } from '../effects/judge.ts'
import type { Effect } from '../effects/judging.ts'
import { trafficOf, type Waiting } from '../forecast/activity.ts'
import { blocksOf } from '../forecast/forecast.ts'
import { sayer } from '../forecast/numbers.ts'
import { waitsTooLong } from '../hazards/alternatives/alternative.ts'
import type { Draft, Hazard } from '../hazards/hazard.ts'
import { hazards } from '../hazards/registry.ts'
import type { Scene, Step, Transaction } from '../hazards/scene/scene.ts'
import { atMost, blocksMerge, byWeight } from '../hazards/severity.ts'
import type { Policy } from '../policy/policy.ts'
import type { Migration } from '../runners/runner.ts'
import { withBriefAdvice } from './advice.ts'
import { applyBase, type BaseHistory, bareName } from './base.ts'
import type { Facts } from './facts.ts'
import { fingerprints } from './fingerprint.ts'
import { ignoredNote, unknownInPolicy, withoutIgnored } from './ignores.ts'
import { notesOf, unknownWithout } from './notes.ts'
import { forOutsiders } from './outsiders.ts'
import type {
  Finding,
  Forecast,
  Place,
  Review,
  ReviewedFile,
  ReviewedStatement,
  ReviewedTraffic,
  ReviewedTransaction,
} from './result.ts'
import { run, sessionLockTimeout } from './run.ts'
import { aged } from './snapshot-age.ts'

export { needs } from './needs.ts'

/**
 * Reviews migrations against the facts. Pure and synchronous: the same input gives the same Review.
 *
 * Up migrations are judged in order, each seeing what those before it did. Down migrations are judged after them, on
 * their own; their findings are never above medium and never count for the verdict.
 */
export function review(migrations: Migration[], given: Facts, policy: Policy): Review {
  const { catalog: known, note: age } = aged(given, policy)
  const facts = { ...given, catalog: known }
  const catalog = catalogOf(facts, policy)
  const base = applyBase(catalog, facts.base)
  const ups = migrations.filter((migration) => migration.direction === 'up')
  const downs = migrations.filter((migration) => migration.direction === 'down')
  const merged = new Set((facts.history?.changed ?? []).map(({ path, to }) => to ?? path))
  const up = run(ups, catalog, policy, 1, (path) => merged.has(path))
  // Down migrations run on the same catalog afterwards.
  const after = new Map([...catalog.all()].map((relation) => [relation.id, relation]))
  const named = Map.groupBy(after.values(), ({ name }) => name)
  const { publications } = catalog
  const down = { steps: [] as Step[], transactions: [] as Transaction[] }
  let nextId = up.transactions.length + 1
  for (const migration of downs.toReversed()) {
    const one = run([migration], catalog, policy, nextId)
    nextId += one.transactions.length
    down.steps.push(...one.steps)
    down.transactions.push(...one.transactions)
  }
  const scene: Scene = {
    steps: [...up.steps, ...down.steps],
    transactions: [...up.transactions, ...down.transactions],
    catalog,
    policy,
    say: sayer(facts.disclosure),
    traffic: trafficOf(facts.activity, catalog),
    sessionWaits: waitsTooLong({ lockTimeoutMs: sessionLockTimeout(catalog, policy) }, policy),
    exact: facts.disclosure === 'exact',
    code: facts.code,
    history: facts.history,
    after: ({ id }) => after.get(id) ?? null,
    publications,
    standing: (schema, name) => standing(named.get(name) ?? [], schema, catalog.searchPath),
    whyMissing: (name) => whyMissing(name, base, facts.catalog),
  }
  const unread = [
    ...(facts.catalog.kind === 'unreachable'
      ? [{ path: null, reason: `${facts.catalog.reason} ${facts.catalog.retry}` }]
      : []),
    ...facts.unread,
    ...migrations.flatMap((one) => (one.unreadable === null ? [] : [{ path: one.path, reason: one.unreadable }])),
  ]
  const told = withoutIgnored(findingsOf(scene), migrations, policy)
  const brief = withBriefAdvice(told.findings)
  const findings = [...unreadFindings(unread, migrations), ...brief.findings].sort(byWeight)
  const failing = findings.some((one) => blocksMerge(one, policy.fail_on))
  const reviewed: Review = {
    verdict: failing ? 'fail' : 'pass',
    postgresVersion: catalog.major,
    catalog: facts.catalog.kind === 'unreachable' ? 'none' : facts.catalog.kind,
    catalogTakenAt: catalog.snapshot?.takenAt ?? null,
    traffic: seenTraffic(facts),
    files: filesOf(migrations, scene),
    transactions: scene.transactions.flatMap((one) => transactionOf(one, scene)),
    findings,
    ignored: told.ignored,
    unread,
    notes: [
      ...(age ? [age] : []),
      ...unknownInPolicy(policy),
      ...told.ignored.map(ignoredNote),
      ...(brief.unsaid > 0 ? [`More advice is not listed: ${brief.unsaid}.`] : []),
      ...notesOf(migrations, facts, base, catalog, askedVersion(facts, policy) !== null),
    ],
  }
  if (facts.disclosure === 'exact') return reviewed
  return forOutsiders(reviewed, [...migrations, ...facts.base], catalog.snapshot, facts.disclosure)
}

/**
 * True when a statement fails because a name is missing or taken: the base branch's migrations may explain it, so read
 * them into `facts.base`, with a catalog for `needs([...base, ...migrations])`, and review again.
 */
export function wantsBase(reviewed: Review): boolean {
  return reviewed.files.some((file) =>
    file.statements.some((one) => one.fails && /^42(P01|703|704|P07|701|710)$|^3F000$/.test(one.fails.sqlstate)),
  )
}

function standing(named: Relation[], schema: string | null, path: string[]): Relation | null {
  const found = named.filter((one) => schema === null || one.schema === schema)
  return found.find((one) => path.includes(one.schema)) ?? found[0] ?? null
}

/** The major version to judge for, whatever that of what was read: the migration runs on the primary. Null: not told. */
function askedVersion({ postgresVersion, activity }: Facts, policy: Policy): number | null {
  const primary = activity?.kind === 'read' ? Math.floor(activity.serverVersion / 10_000) : null
  return postgresVersion ?? policy.postgres_version ?? primary
}

function catalogOf(facts: Facts, policy: Policy): Catalog {
  const { catalog } = facts
  const asked = askedVersion(facts, policy)
  const versionOf = (fallback: number): number => (asked === null ? fallback : asked * 10_000)
  switch (catalog.kind) {
    case 'replica':
    case 'snapshot':
      return new Catalog({
        snapshot: catalog.snapshot,
        knowledge: 'read',
        serverVersion: versionOf(catalog.snapshot.serverVersion),
      })
    case 'empty':
      return new Catalog({ snapshot: null, knowledge: 'read', serverVersion: versionOf(170_000), sizes: catalog.sizes })
    case 'none':
    case 'unreachable':
      return new Catalog({ snapshot: null, knowledge: 'assumed', serverVersion: versionOf(170_000) })
  }
}

function findingsOf(scene: Scene): Finding[] {
  const wanted = hazards.filter(({ id, group }) => group !== 'advice' || !scene.policy.advice.off.includes(id))
  const drafts = wanted.flatMap((hazard) => hazard.detect(scene).map((draft) => ({ hazard, draft })))
  const positions = new Map(scene.steps.map((step, i) => [step, i]))
  const at = ({ draft }: { draft: Draft }): number => positions.get(draft.step) ?? 0
  // What certainly fails blocks no one; its own finding carries the way out of both.
  const covered = new Set(
    drafts.flatMap(({ hazard, draft }) =>
      draft.severity === 'critical' ? (hazard.covers ?? []).map((id) => `${id} ${at({ draft })}`) : [],
    ),
  )
  const kept = drafts
    .filter(({ hazard, draft }) => !covered.has(`${hazard.id} ${at({ draft })}`))
    .sort((a, b) => at(a) - at(b))
  const marks = fingerprints(
    kept.map(({ hazard, draft }) => ({
      hazard: hazard.id,
      path: draft.step.migration.path,
      relation: draft.relation && relationName(draft.relation),
      sql: draft.step.statement.sql,
    })),
  )
  return kept.map(({ hazard, draft }, i) => findingOf(hazard, draft, marks[i] ?? '', scene))
}

function findingOf(hazard: Hazard, draft: Draft, fingerprint: string, scene: Scene): Finding {
  const { step } = draft
  const { direction } = step.migration
  return {
    hazard: hazard.id,
    severity: direction === 'down' ? atMost(draft.severity, 'medium') : draft.severity,
    direction,
    path: step.migration.path,
    line: step.statement.line,
    endLine: step.statement.endLine,
    relation: draft.relation && relationName(draft.relation),
    rows: scene.say.count(draft.rows),
    message: draft.message,
    why: direction === 'down' ? `${draft.why} This is the way back: it matters on the day it is needed.` : draft.why,
    related: draft.related.map(({ step: other, relation }) => ({
      path: other.migration.path,
      line: other.statement.line,
      endLine: other.statement.endLine,
      relation: relation && relationName(relation),
    })),
    alternative: draft.alternative,
    fingerprint,
  }
}

/** What could not be read is never safe: each is a finding of its own. */
function unreadFindings(unread: Review['unread'], migrations: Migration[]): Finding[] {
  return unread.map(({ path, reason }) => {
    const hazard = path === null ? 'replica-unreachable' : 'unreadable-file'
    const [fingerprint = ''] = fingerprints([{ hazard, path: path ?? '', relation: null, sql: '' }])
    return {
      hazard,
      severity: 'high',
      direction: 'up',
      path: path ?? migrations[0]?.path ?? '',
      line: 1,
      endLine: 1,
      relation: null,
      rows: null,
      message: path === null ? `The database could not be read: ${reason}` : `Could not be read: ${reason}`,
      why:
        path === null
          ? `${unknownWithout.charAt(0).toUpperCase()}${unknownWithout.slice(1)}`
          : 'What cannot be read cannot be judged; the other files are reviewed.',
      related: [],
      alternative: null,
      fingerprint,
    }
  })
}

function filesOf(migrations: Migration[], scene: Scene): ReviewedFile[] {
  const steps = new Map<string, ReviewedStatement[]>()
  for (const step of scene.steps) {
    const list = steps.get(step.migration.path)
    if (list) list.push(statementOf(step, scene))
    else steps.set(step.migration.path, [statementOf(step, scene)])
  }
  const files = new Map(migrations.map((one) => [one.path, one.runner]))
  return [...files].map(([path, runner]) => ({
    path,
    runner,
    statements: (steps.get(path) ?? []).sort((a, b) => a.line - b.line),
  }))
}

function statementOf(step: Step, scene: Scene): ReviewedStatement {
  const { statement, judgement } = step
  const fails =
    judgement.fails && scene.exact ? { sqlstate: judgement.fails.sqlstate, message: judgement.fails.message } : null
  const syntax = statement.error ? { sqlstate: '42601', message: statement.error.message } : null
  const effects = step.effects.map(({ effect, forecast }) => ({
    relation: relationName(effect.relation),
    kind: relationKind(effect.relation),
    lock: effect.lock,
    awaits: effect.awaits,
    scan: effect.scan,
    rewrite: effect.rewrite,
    builds: effect.builds.map((index) => index.name),
    new: effect.relation.isNew || scene.catalog.sizes !== null,
    when: effect.when,
    forecast,
    waiting: forecast && waitingFor(effect, forecast.highMs, scene),
  }))
  return {
    line: statement.line,
    endLine: statement.endLine,
    sql: statement.sql,
    direction: step.migration.direction,
    transaction: step.transaction?.id ?? null,
    lockTimeoutMs: step.lockTimeoutMs,
    unknown: judgement.unknown,
    fails: syntax ?? fails ?? step.refuses,
    effects,
    forecast: worstOf(effects.map((one) => one.forecast)),
  }
}

/** A statement's forecast is its worst effect's; an unknown one is worse than any. */
function worstOf(forecasts: (Forecast | null)[]): Forecast | null {
  if (forecasts.length === 0 || forecasts.includes(null)) return null
  return forecasts.reduce((worst, one) => (worst && one && one.highMs > worst.highMs ? one : worst))
}

/** Numbers of traffic are as much of a production fact as rows. */
function waitingFor(effect: Effect, highMs: number, { traffic, say }: Scene): Waiting | null {
  const waiting = traffic.waiting([{ relation: effect.relation, blocks: blocksOf(effect) }], highMs)
  return waiting && { reads: say.count(waiting.reads), writes: say.count(waiting.writes) }
}

function seenTraffic({ activity, disclosure }: Facts): ReviewedTraffic | null {
  if (activity?.kind !== 'read') return null
  const { takenAt, relations, transactions, replicas } = activity
  if (disclosure !== 'exact') return { takenAt, relations: [], transactions: [], replicas: [] }
  return {
    takenAt,
    relations,
    transactions: transactions
      .filter(({ locks }) => locks.length > 0)
      .map(({ kind, state, ageSeconds, running, wraparound, locks }) => ({
        kind,
        state,
        ageSeconds,
        running,
        wraparound,
        locks: locks.map(({ relation, lock }) => ({ relation, lock })),
      })),
    replicas,
  }
}

function transactionOf(transaction: Transaction, scene: Scene): ReviewedTransaction[] {
  const { steps } = transaction
  const [first] = steps
  const last = steps.at(-1)
  if (!first || !last) return []
  const work = workUntil(steps)
  const holds = transaction.holds.flatMap(({ effect, from, to }) => {
    const end = Math.min(to, steps.length - 1)
    const [start, stop, before, after] = [steps[from], steps[end], work[from], work[end + 1]]
    if (!start || !stop || !before || !after) return []
    const isKnown = after.unknown === before.unknown
    const highMs = isKnown ? after.highMs - before.highMs : null
    return [
      {
        relation: relationName(effect.relation),
        lock: effect.lock,
        from: placeOf(start),
        to: endOf(stop),
        lowMs: isKnown ? after.lowMs - before.lowMs : null,
        highMs,
        blocks: blocksOf(effect),
        waiting: highMs === null ? null : waitingFor(effect, highMs, scene),
      },
    ]
  })
  return [{ id: transaction.id, from: placeOf(first), to: endOf(last), holds }]
}

/** The work before each step and after the last, added up: what lies between two is their difference. */
function workUntil(steps: Step[]): { lowMs: number; highMs: number; unknown: number }[] {
  let [lowMs, highMs, unknown] = [0, 0, 0]
  return [
    { lowMs, highMs, unknown },
    ...steps.map((step) => {
      for (const { forecast } of step.effects) {
        lowMs += forecast?.lowMs ?? 0
        highMs += forecast?.highMs ?? 0
        if (!forecast) unknown++
      }
      return { lowMs, highMs, unknown }
    }),
  ]
}

function placeOf(step: Step): Place {
  return { path: step.migration.path, line: step.statement.line }
}

function endOf(step: Step): Place {
  return { path: step.migration.path, line: step.statement.endLine }
}

function whyMissing(name: string, base: BaseHistory, catalog: Facts['catalog']): string | null {
  const path = base.madeBy.get(bareName(name))
  if (path) {
    return `${path} makes it, but migrations after that one are on the server and it is not: it was removed by hand, and what the server has counts.`
  }
  return catalog.kind === 'snapshot'
    ? `The snapshot of ${catalog.snapshot.takenAt.slice(0, 10)} and the migrations before this one say so. If the database has changed since, take a new one with lockcast snapshot.`
    : null
}
