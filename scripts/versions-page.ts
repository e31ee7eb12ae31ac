import { readFileSync } from 'node:fs'
import { versionBehaviours } from '../src/catalog/version-behaviours.ts'
import { factsFolder } from './server-facts/files.ts'

type Facts = Record<string, string>

const majors = [11, 12, 13, 14, 15, 16, 17, 18]

/** docs/versions.md: what differs between servers, from the table of behaviours and the facts that servers gave. */
export function versionsPage(generated: string): string {
  const behaviours = Object.values(versionBehaviours)
  const functions = readFacts('functions.json')
  const types = readFacts('types.json')
  const syntax = readFacts('syntax.json')
  const sections = majors.toReversed().flatMap((major) => {
    const rows = behaviours
      .filter(({ since }) => since === major)
      .map(({ what, source }) => `| ${what.replaceAll('|', '\\|')} | ${source} |`)
    const lists = [
      ['Syntax', Object.keys(syntax).filter((words) => since(syntax[words]) === major)],
      ['Functions', newNames(functions, major)],
      ['Functions removed', goneNames(functions, major)],
      ['Types', newNames(types, major)],
      ['Types removed', goneNames(types, major)],
    ] as const
    return [
      `## PostgreSQL ${major}`,
      ...(rows.length > 0 ? [['| from this version on | decided in |', '| :-- | :-- |', ...rows].join('\n')] : []),
      ...lists
        .filter(([, names]) => names.length > 0)
        .map(([title, names]) => `${title}: ${listed(title, [...names])}.`),
    ]
  })
  return `${[
    '# What differs between server versions',
    generated,
    'Lockcast reviews for the version of the server that was read, or the one of `--postgres-version` and `postgres_version`. The tables list every difference in locks, work and errors that its model knows; `test/truth` compares each with servers of 13 to 18. Syntax, functions and types were asked of servers 10 to 18 (`npm run facts`); [`version-mismatch`](hazards/version-mismatch.md) reports those that the server lacks.',
    ...sections,
  ].join('\n\n')}\n`
}

function readFacts(name: string): Facts {
  return JSON.parse(readFileSync(new URL(name, factsFolder), 'utf8')) as Facts
}

/** The first version of all forms of a fact; 0 when it was there before 11. */
function since(text = ''): number {
  return Math.min(...text.split(';').map((form) => Number(/@(\d+)-/.exec(form)?.[1] ?? 0)))
}

function newNames(facts: Facts, major: number): string[] {
  return Object.keys(facts).filter((name) => since(facts[name]) === major && !isInternal(name))
}

function goneNames(facts: Facts, major: number): string[] {
  return Object.keys(facts).filter((name) => {
    const ends = (facts[name] ?? '')
      .split(';')
      .map((form) => Number(/@\d*-(\d+)/.exec(form)?.[1] ?? Number.POSITIVE_INFINITY))
    return Math.max(...ends) === major - 1 && !isInternal(name)
  })
}

/** Names that only pg_upgrade, statistics views and operators call. */
function isInternal(name: string): boolean {
  return /^(binary_upgrade_|pg_stat_get_|hash|gist_|gin_|bt)|_(larger|smaller|support|send)$|^(interval_(accum|avg|combine))/.test(
    name,
  )
}

function listed(title: string, names: string[]): string {
  return names.map((name) => (title === 'Syntax' ? name : `\`${name}\``)).join(', ')
}
