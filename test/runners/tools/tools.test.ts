import { existsSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { prepareLanguages } from '../../../src/languages/prepare-languages.ts'
import { loadParser } from '../../../src/sql/parse.ts'
import { compare, readFixtures, recordedOf } from './compare.ts'
import { tools } from './recorded.ts'

beforeAll(async () => {
  await loadParser()
  await prepareLanguages(['a.ts'])
})

const recorded = tools.filter(({ name }) => existsSync(new URL(`recorded/${name}.json`, import.meta.url)))

describe.each(recorded)('what $name sends', ({ name, runner, fixtures, package: from }) => {
  const { version, files } = recordedOf(name)
  test.each(files)('$name', (file) => {
    const migrations = readFixtures(fixtures, runner, { [from.replace(/-0\.3$/, '')]: `^${version}` })
    const differences = (['up', 'down'] as const).flatMap((direction) => {
      const own = migrations.find(
        (migration) => migration.path === `migrations/${file.name}` && migration.direction === direction,
      )
      return compare(own, file[direction]).differences.map((line) => `${direction} ${line}`)
    })
    expect(differences).toEqual([])
  })
})
