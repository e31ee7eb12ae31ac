import type { CreateFunctionStmt } from '@pgsql/types'
import { qualifiedName } from '../../sql/walk.ts'
import { statementsOfKind } from '../context/statements-of-kind.ts'
import { defineHazard } from '../hazard.ts'

export const hazard = defineHazard({
  id: 'definer-without-search-path',
  group: 'advice',
  title: 'A SECURITY DEFINER function without a search_path',
  page: {
    what: 'A function runs with its owner’s rights and looks names up along the caller’s search_path.',
    why: 'A caller who may create objects in a schema of that path can put a function or table of their own in the way, and have it run with the owner’s rights.',
    instead: 'Add SET search_path to the function, with pg_temp last.',
    harmless: 'Functions with a standard SQL body (BEGIN ATOMIC) look their names up when they are made.',
  },
  facts: ['effects'],
  sqlstates: [],
  source:
    'PostgreSQL’s documentation of CREATE FUNCTION, Writing SECURITY DEFINER Functions Safely; fmgr_security_definer in fmgr.c sets the user alone.',
  detect: (context) =>
    statementsOfKind(context, 'CreateFunctionStmt').flatMap(({ step, body }) => {
      const name = unsafe(body)
      return name === null ? [] : [{ step, severity: 'low' as const, relation: null, rows: null, name }]
    }),
  describe: ({ name }) => ({
    message: `\`${name}()\` runs with its owner’s rights along the caller’s search_path`,
    why: 'Who may create objects in a schema of that path can have their own code run with these rights.',
    alternative: { summary: 'Add `SET search_path = …, pg_temp` to the function.', steps: [] },
  }),
  examples: {
    bad: [
      {
        title: 'no search_path',
        before: '',
        migration:
          'CREATE FUNCTION now_here() RETURNS timestamptz LANGUAGE sql SECURITY DEFINER AS $$ SELECT now() $$;',
      },
    ],
    good: [
      {
        title: 'with one',
        before: '',
        migration:
          'CREATE FUNCTION now_here() RETURNS timestamptz LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT now() $$;',
      },
    ],
  },
})

/** The function's name, when it is one; options are DefElem nodes. */
function unsafe(fn: CreateFunctionStmt): string | null {
  if (fn.sql_body) return null
  const options = (fn.options ?? []).flatMap((option) => ('DefElem' in option ? [option.DefElem] : []))
  const definer = options.some(
    ({ defname, arg }) => defname === 'security' && arg && 'Boolean' in arg && arg.Boolean.boolval === true,
  )
  const sets = options.some(
    ({ defname, arg }) =>
      defname === 'set' && arg && 'VariableSetStmt' in arg && arg.VariableSetStmt.name === 'search_path',
  )
  return definer && !sets ? qualifiedName(fn.funcname).name : null
}
