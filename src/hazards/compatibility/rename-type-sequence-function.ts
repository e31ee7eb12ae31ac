import type { RenameStmt } from '@pgsql/types'
import { quoteName } from '../../sql/quote.ts'
import { qualifiedName } from '../../sql/walk.ts'
import { alternative } from '../alternatives/alternative.ts'
import { mayBeUsed, usageOf, usageText } from '../context/code-usage.ts'
import type { ReviewContext } from '../context/review-context.ts'
import { changesOf } from '../context/schema-changes.ts'
import { statementsOfKind } from '../context/statements-of-kind.ts'
import { defineHazard } from '../hazard.ts'
import type { Severity } from '../severity.ts'

const before = `CREATE TYPE mood AS ENUM ('calm', 'happy');
CREATE SEQUENCE invoice_numbers;
CREATE FUNCTION total() RETURNS int LANGUAGE sql AS 'SELECT 1';`

export const hazard = defineHazard({
  id: 'rename-type-sequence-function',
  group: 'compatibility',
  title: 'A type, sequence or function that running code names is renamed',
  page: {
    what: 'RENAME of a type, domain, sequence, function or procedure takes a moment; from then on the old name is unknown. Columns and defaults follow it, code does not.',
    why: 'The version of the code that still runs while this deploys fails where it casts to the type, calls nextval with the name, or calls the function. ORMs write the names of enums and sequences into their queries.',
    instead: 'Make the new one beside the old, switch the code, and drop the old one later.',
    harmless:
      'One that is made in the same change, or whose name another takes in it; a trigger function, which code cannot call. Where the code was searched and does not name it, the finding is low.',
  },
  facts: ['effects', 'code'],
  sqlstates: ['42704', '42P01', '42883'],
  source: 'RenameType in typecmds.c, RenameRelation in tablecmds.c, AlterObjectRename_internal in alter.c.',
  detect: (context) => {
    const renames = statementsOfKind(context, 'RenameStmt').flatMap(({ step, at, body }) => {
      const renamed = step.analysis.fails ? null : renamedBy(body)
      return renamed ? [{ step, at, ...renamed }] : []
    })
    return renames.flatMap(({ step, at, what, name, to }) => {
      if (isKnownHere(context, { what, name, to }, at)) return []
      const used = mayBeUsed(usageOf(context, { table: name, column: null }))
      const severity: Severity = used ? 'high' : 'low'
      return [{ step, severity, relation: null, rows: null, what, name, to }]
    })
  },
  describe: ({ what, name, to }, context) => {
    const word = { table: name, column: null }
    return {
      message: `Breaks code that still names ${what} \`${quoteName(name)}\`: it becomes \`${quoteName(to)}\``,
      why: usageText(usageOf(context, word), context, word),
      alternative: alternative(
        'Make the new one beside it, switch the code, and drop the old one in a later deployment.',
        [],
      ),
    }
  },
  examples: {
    bad: [
      {
        title: 'an enum',
        before,
        migration: 'ALTER TYPE mood RENAME TO feeling;',
        application: "SELECT 'calm'::mood",
      },
      {
        title: 'a sequence',
        before,
        migration: 'ALTER SEQUENCE invoice_numbers RENAME TO bill_numbers;',
        application: "SELECT nextval('invoice_numbers')",
      },
      {
        title: 'a function',
        before,
        migration: 'ALTER FUNCTION total() RENAME TO sum_of_all;',
        application: 'SELECT total()',
      },
    ],
    good: [
      {
        title: 'a new type takes the name',
        before,
        migration: "ALTER TYPE mood RENAME TO mood_old;\nCREATE TYPE mood AS ENUM ('calm', 'happy', 'bored');",
      },
      {
        title: 'one made in the same change',
        before,
        migration: "CREATE TYPE size AS ENUM ('s');\nALTER TYPE size RENAME TO width;",
      },
    ],
  },
})

interface Renamed {
  what: 'type' | 'sequence' | 'function'
  name: string
  to: string
}

function renamedBy({ renameType, object, relation, newname: to = '' }: RenameStmt): Renamed | null {
  switch (renameType) {
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN':
      return { what: 'type', name: qualifiedName(object && 'List' in object ? object.List.items : undefined).name, to }
    case 'OBJECT_SEQUENCE':
      return { what: 'sequence', name: relation?.relname ?? '', to }
    case 'OBJECT_FUNCTION':
    case 'OBJECT_PROCEDURE':
    case 'OBJECT_ROUTINE':
      return {
        what: 'function',
        name: qualifiedName(object && 'ObjectWithArgs' in object ? object.ObjectWithArgs.objname : undefined).name,
        to,
      }
    default:
      return null
  }
}

/** Made in this change before, or its name is taken again afterwards, or only triggers could call it. */
function isKnownHere(context: ReviewContext, { what, name, to }: Renamed, at: number): boolean {
  const renamedTo = statementsOfKind(context, 'RenameStmt').some((other) => {
    const renamed = other.at === at ? null : renamedBy(other.body)
    return renamed?.what === what && (renamed.to === name || renamed.name === to)
  })
  if (renamedTo) return true
  switch (what) {
    case 'type':
      return [
        ...statementsOfKind(context, 'CreateEnumStmt').map(({ body }) => qualifiedName(body.typeName).name),
        ...statementsOfKind(context, 'CreateDomainStmt').map(({ body }) => qualifiedName(body.domainname).name),
        ...statementsOfKind(context, 'CompositeTypeStmt').map(({ body }) => body.typevar?.relname ?? ''),
      ].includes(name)
    case 'sequence':
      return statementsOfKind(context, 'CreateSeqStmt').some(({ body }) => body.sequence?.relname === name)
    case 'function': {
      const made = changesOf(context, 'creates function').some(({ change }) => change.name === name)
      const functions = [...context.catalog.allFunctions()].filter((fn) => fn.name === name || fn.name === to)
      return made || (functions.length > 0 && functions.every(({ trigger }) => trigger))
    }
  }
}
