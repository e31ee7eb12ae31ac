import type { Relation } from '../catalog/relation.ts'
import { blocksOf } from '../forecast/forecast.ts'
import { tableSql } from './names.ts'
import type { NoWay, Plan } from './plan.ts'
import type { PlanContext, Subject } from './subject.ts'

/** No steps: that there is no safe way, why, and what a maintenance window costs by the forecast. */
export function withoutWay({ reason }: NoWay, subject: Subject, covers: number[], context: PlanContext): Plan {
  return {
    id: 'no-safe-way',
    summary: `There is no safe way that Lockcast knows to do this without blocking reads or writes. ${reason} ${windowText(subject, context)}`,
    covers,
    changes: [],
    proved: null,
    steps: [],
  }
}

function windowText({ effects }: Subject, { catalog, format }: PlanContext): string {
  const blocking = effects.filter(({ effect }) => blocksOf(effect).some((block) => block !== 'ddl') || effect.writes)
  const [first] = blocking
  const many = blocking.length > 1 ? ` and ${blocking.length - 1} more` : ''
  const waiting = blocking.some(({ effect }) => blocksOf(effect).includes('reads')) ? 'reads and writes' : 'writes'
  const of = first ? ` of \`${tableSql(first.effect.relation as Relation, catalog)}\`${many}` : ''
  const times = effects.map(({ forecast }) => forecast)
  const unsized = effects.some(({ effect }) => effect.relation.size.rows === null)
  if (unsized || times.includes(null))
    return `A maintenance window costs an unknown time in which ${waiting}${of} wait: the size is unknown.`
  const sum = (end: 'lowMs' | 'highMs'): number => times.reduce((total, time) => total + (time?.[end] ?? 0), 0)
  return `A maintenance window costs ${format.time(sum('lowMs'), sum('highMs'))} in which ${waiting}${of} wait.`
}
