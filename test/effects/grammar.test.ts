import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { AlterTableType, Node } from '@pgsql/types'
import { describe, expect, it } from 'vitest'
import { Catalog } from '../../src/catalog/catalog.ts'
import { analyzeStatement } from '../../src/effects/analyze.ts'
import type { StatementKind } from '../../src/effects/model/statement-handler.ts'
import { changeNothing } from '../../src/effects/statements/change-nothing.ts'
import { statementHandlers } from '../../src/effects/statements/statement-registry.ts'
import { loadParser, parseOne } from '../../src/sql/parse.ts'

/** The parse tree's own description: a new PostgreSQL brings new names, and each must be modelled or listed. */
const folder = dirname(createRequire(import.meta.url).resolve('@pgsql/types'))
const nodes = readFileSync(join(folder, 'types.d.ts'), 'utf8')
const enums = readFileSync(join(folder, 'enums.d.ts'), 'utf8')

const kinds = [...new Set((/export type Node = \{[\s\S]*?\};/.exec(nodes)?.[0] ?? '').match(/\b\w+Stmt(?=:)/g) ?? [])]
const subtypes = (/type AlterTableType = ([^;]+);/.exec(enums)?.[1] ?? '').match(/AT_\w+/g) ?? []

/** Made by the server's own analysis, a part of ALTER TABLE, or only inside function bodies: no text parses to them as a statement. */
const notStatements = ['RawStmt', 'SetOperationStmt', 'PLAssignStmt', 'ReturnStmt', 'ReplicaIdentityStmt']

/** Subcommands that the server makes up for itself while it runs others (AlterTableType in parsenodes.h). */
const internal = [
  'AT_AddColumnToView',
  'AT_CookedColumnDefault',
  'AT_SetAttNotNull',
  'AT_CheckNotNull',
  'AT_AddIndex',
  'AT_ReAddIndex',
  'AT_ReAddConstraint',
  'AT_ReAddDomainConstraint',
  'AT_AddIndexConstraint',
  'AT_ReAddComment',
  'AT_ReAddStatistics',
]

describe('every statement that PostgreSQL parses has an effect that is known', () => {
  it('finds the names in the description of the parse tree', () => {
    expect(kinds.length).toBeGreaterThan(110)
    expect(subtypes.length).toBeGreaterThan(55)
  })

  it.each(kinds.filter((kind) => !notStatements.includes(kind)))('%s', (kind) => {
    expect(kind in statementHandlers || changeNothing.has(kind as StatementKind)).toBe(true)
  })

  it('models or lists a kind, never both', () => {
    expect(kinds.filter((kind) => kind in statementHandlers && changeNothing.has(kind as StatementKind))).toEqual([])
  })

  it.each(subtypes.filter((subtype) => !internal.includes(subtype)))('ALTER TABLE %s', async (subtype) => {
    await loadParser()
    const catalog = new Catalog({ snapshot: null, knowledge: 'read', serverVersion: 170000 })
    analyzeStatement(parseOne('create table t (a int)'), catalog, { timeZone: 'UTC' })
    const node: Node = {
      AlterTableStmt: {
        relation: { relname: 't', inh: true },
        objtype: 'OBJECT_TABLE',
        cmds: [{ AlterTableCmd: { subtype: subtype as AlterTableType, name: 'a' } }],
      },
    }
    expect(analyzeStatement(node, catalog, { timeZone: 'UTC' }).unknown?.reason ?? '').not.toContain('is not known')
  })
})
