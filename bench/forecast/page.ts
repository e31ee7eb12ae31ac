import { readFileSync, writeFileSync } from 'node:fs'
import { durationText } from '../../src/forecast/numbers.ts'
import type { BenchTable } from './tables.ts'

export interface Outcome {
  table: BenchTable
  family: string
  lowMs: number
  highMs: number
  /** The shortest of the runs, ms. */
  truthMs: number
  runs: number[]
}

interface Verdict {
  counted: number
  inside: number
  medianRatio: number
  /** At least 90 % within, and a median ratio of at most 4. */
  holds: boolean
}

/** Over statements of more than 50 ms: shorter ones wait for nothing that matters. */
export function verdictOn(outcomes: Outcome[]): Verdict {
  const counted = outcomes.filter(matters)
  const inside = counted.filter(isInside).length
  const ratios = counted.map(({ lowMs, highMs }) => highMs / lowMs).sort((a, b) => a - b)
  const medianRatio = ratios[Math.floor(ratios.length / 2)] ?? 0
  return { counted: counted.length, inside, medianRatio, holds: inside >= counted.length * 0.9 && medianRatio <= 4 }
}

export function verdictText({ counted, inside, medianRatio }: Verdict): string {
  const percent = Math.round((inside / counted) * 100)
  return `${inside} of ${counted} statements over 50 ms lie within the forecast (${percent} %); high/low is ${medianRatio.toFixed(1)} in the median`
}

const page = new URL('../../docs/forecast.md', import.meta.url)

/** Puts what was measured into docs/forecast.md, in place of what was measured before on this version. */
export function writePage(outcomes: Outcome[], version: string, builtFor: string): void {
  const text = readFileSync(page, 'utf8')
  const major = version.split('.')[0]
  const [start, end] = [`<!-- measured on ${major} -->`, `<!-- end of ${major} -->`]
  const [from, to] = [text.indexOf(start), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/forecast.md has no place for PostgreSQL ${major}: ${start} … ${end}`)
  const rows = outcomes
    .filter(matters)
    .map(
      (outcome) =>
        `| ${outcome.table.name} | ${outcome.family} | ${durationText(outcome.lowMs)} | ${durationText(outcome.truthMs)} | ${durationText(outcome.highMs)} | ${isInside(outcome) ? '' : outcome.truthMs < outcome.lowMs ? 'shorter' : 'longer'} |`,
    )
  const body = [
    `**PostgreSQL ${version}**, ${builtFor}: ${verdictText(verdictOn(outcomes))}.`,
    '',
    `<details><summary>All ${rows.length}</summary>`,
    '',
    '| table | statement | low | measured | high | |',
    '| :-- | :-- | --: | --: | --: | :-- |',
    ...rows,
    '',
    '</details>',
  ].join('\n')
  writeFileSync(page, `${text.slice(0, from)}${start}\n${body}\n${text.slice(to)}`)
}

function matters({ truthMs }: Outcome): boolean {
  return truthMs > 50
}

function isInside({ lowMs, truthMs, highMs }: Outcome): boolean {
  return lowMs <= truthMs && truthMs <= highMs
}
