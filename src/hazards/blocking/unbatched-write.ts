import type { Effect } from '../../effects/judging.ts'
import { quoteRelation } from '../../sql/quote.ts'
import { alternative, inQuietMoment, outside } from '../alternatives.ts'
import { followersFirst } from '../batches.ts'
import { isUnseen } from '../blocked.ts'
import { type Draft, defineHazard } from '../hazard.ts'
import type { Alternative, Scene, Step } from '../scene.ts'
import { atMost, ofBlocking, reaches, worst } from '../severity.ts'
import { unwritten } from '../unwritten.ts'
import { keptLocks } from './lock-kept-while-working.ts'

/** Rows that a cascade must reach to matter when the statement itself names a few. */
const large = 100_000

export const hazard = defineHazard({
  ...unwritten,
  id: 'unbatched-write',
  group: 'blocking',
  title: 'Many rows are written in one statement',
  page: {
    what: 'An UPDATE or DELETE of many rows locks each of them to the end of its transaction, writes a new version of every row and index entry, and its WAL besides.',
    why: 'Other writers of these rows wait, replicas fall behind, and the table is left bloated.',
    instead: 'Write in batches of some thousand rows, each in a transaction of its own, outside the migration’s.',
    harmless: '',
  },
  tell: (found: Draft) => found,
  detect(scene): Draft[] {
    const told = new Set(keptLocks(scene).flatMap((kept) => kept.working))
    return scene.steps.flatMap((step): Draft[] => {
      if (step.migration.direction === 'down' || told.has(step)) return []
      const write = writeOf(step)
      if (!write || write.verb === 'insert' || write.batch || isUnseen(write.relation)) return []
      const found = step.effects.find(
        ({ effect }) => effect.writes !== undefined && effect.relation.id === write.relation.id,
      )
      const forecast = found?.forecast ?? null
      const cascades = step.effects.filter(
        ({ effect }) => effect.when === 'depends' && effect.through?.startsWith('foreign key'),
      )
      // One row of a parent may still take many of its children along.
      if (write.bounded && cascades.every(({ effect }) => (effect.writes?.rows ?? large) < large)) return []
      const severity = worst(
        [{ effect: { relation: write.relation }, forecast }, ...cascades].map((one) =>
          ofBlocking(one.forecast?.highMs ?? null, ['writes'], one.effect.relation, scene.policy),
        ),
      )
      if (!found || !reaches(severity, 'medium')) return []
      const { say } = scene
      const verb = write.verb === 'update' ? 'Updates' : 'Deletes'
      const size = write.rows === null ? 'an unknown number of rows' : say.rows(write.rows)
      const bytes = forecast?.bytes
        ? `, some ${say.bytes(forecast.bytes * (1 + found.effect.relation.indexes.length * 0.3))} of WAL`
        : ''
      const through = cascades
        .map(
          ({ effect }) =>
            ` \`${quoteRelation(effect.relation)}\` follows by its foreign key${followingRows(effect, scene)}.`,
        )
        .join('')
      return [
        {
          step,
          severity: atMost(severity, 'high'),
          relation: write.relation,
          rows: write.rows,
          message: `${verb} ${size} of \`${quoteRelation(write.relation)}\` in one statement${forecast ? `: ${say.time(forecast.lowMs, forecast.highMs)}${bytes}` : ': size unknown, counted as large'}`,
          why: `Every row stays locked until the transaction ends, ${write.verb === 'update' ? 'each gets a second version that vacuum must clear' : 'its space stays until vacuum clears it'}, and replicas must replay all of it.${through}`,
          related: cascades.map(({ effect }) => ({ step, relation: effect.relation })),
          alternative: alternativeFor(step, scene),
        },
      ]
    })
  },
})

/** ` (some 20 M rows of its 80 M rows)`. */
function followingRows({ relation, writes }: Effect, { say }: Scene): string {
  if (!writes || writes.rows === null || relation.size.rows === null) return ''
  const all = say.rows(relation.size.rows)
  return writes.rows < relation.size.rows ? ` (some ${say.rows(writes.rows)} of its ${all})` : ` (${all})`
}

function writeOf(step: Step) {
  for (const mark of step.judgement.marks) if (mark.kind === 'writes rows') return mark
  return null
}

function alternativeFor(step: Step, scene: Scene): Alternative {
  const sql = scene.batches(step)
  if (!sql) return inQuietMoment(step)
  const followers = followersFirst(step)
  const first = followers.length > 0 ? ', what follows by a foreign key first' : ''
  return alternative(`Write in batches outside the migration’s transaction${first}.`, [...followers, outside(1, sql)])
}
