import type { FactList, ServerFacts } from './ask.ts'
import type { ExtensionFacts } from './ask-extensions.ts'

export const factsFolder = new URL('../../src/catalog/server-facts/', import.meta.url)

type Answers = ReadonlyMap<number, ServerFacts>

/** The data files, by name. Lines are sorted, so that two runs write the same bytes. */
export function factFiles(answers: Answers): Record<string, string> {
  const lists = ['operators', 'types', 'casts', 'operatorClasses', 'equalTypes', 'syntax'] as const
  return {
    'functions.json': json(byName(merge(answers, (facts) => facts.functions))),
    ...Object.fromEntries(
      lists.map((list) => [`${fileName(list)}.json`, json(merge(answers, (facts) => facts[list]))]),
    ),
    'extensions.json': json(extensions(answers)),
  }
}

function fileName(list: string): string {
  return list.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/**
 * One entry a fact, its value followed by the versions that hold: `16-` from 16 on, `-14` up to 14, `12-16` between,
 * nothing for all that were asked. A fact whose value changed has several, joined by `;`.
 */
function merge(answers: Answers, pick: (facts: ServerFacts) => FactList | undefined): Record<string, string> {
  const majors = [...answers.keys()].sort((a, b) => a - b)
  const byMajor = majors.map((major) => new Map(pick(answers.get(major) as ServerFacts) ?? []))
  const keys = [...new Set(byMajor.flatMap((facts) => [...facts.keys()]))].sort()
  return Object.fromEntries(
    keys.map((key) => [
      key,
      runs(byMajor.map((facts) => facts.get(key)))
        .map(({ value, first, last }) => {
          const range = `${first === 0 ? '' : majors[first]}-${last === majors.length - 1 ? '' : majors[last]}`
          return [value, ...(range === '-' ? [] : [`@${range}`])].filter((part) => part !== '').join(' ')
        })
        .join(';'),
    ]),
  )
}

/** The stretches of equal values; undefined is no value. */
function runs(values: (string | undefined)[]): { value: string; first: number; last: number }[] {
  const found: { value: string; first: number; last: number }[] = []
  values.forEach((value, at) => {
    const open = found.at(-1)
    if (value === undefined) return
    if (open && open.value === value && open.last === at - 1) open.last = at
    else found.push({ value, first: at, last: at })
  })
  return found
}

/** `random(int4,int4)` under `random`, all overloads in one text. */
function byName(functions: Record<string, string>): Record<string, string> {
  const names = new Map<string, string[]>()
  for (const [signature, value] of Object.entries(functions)) {
    const [name = '', types = ''] = signature.split(/\((.*)\)$/)
    const overloads = value.split(';').map((one) => `${types}|${one}`)
    names.set(name, [...(names.get(name) ?? []), ...overloads])
  }
  return Object.fromEntries([...names].map(([name, overloads]) => [name, overloads.join(';')]))
}

function extensions(answers: Answers): Record<string, Record<string, unknown>> {
  const names = [...new Set([...answers.values()].flatMap((facts) => Object.keys(facts.extensions)))].sort()
  const asked = new Map([...answers].filter(([, facts]) => Object.keys(facts.extensions).length > 0))
  return Object.fromEntries(
    names.map((name) => {
      const of = (list: keyof ExtensionFacts) => {
        const merged = merge(asked, (facts) => facts.extensions[name]?.[list])
        return list === 'functions' ? byName(merged) : merged
      }
      const lists = ['available', 'types', 'functions', 'casts', 'operatorClasses', 'requires'] as const
      return [
        name,
        Object.fromEntries(
          lists.map((list) => [list, of(list)]).filter(([, facts]) => Object.keys(facts as object).length > 0),
        ),
      ]
    }),
  )
}

/** One line an entry: a change of a fact is one line of a diff. */
function json(value: Record<string, unknown>): string {
  const lines = Object.entries(value).map(([key, facts]) => `${JSON.stringify(key)}:${JSON.stringify(facts)}`)
  return `{\n${lines.join(',\n')}\n}\n`
}
