import type { AlterTableCmd, AlterTableType, Node } from '@pgsql/types'
import type { StatementKind } from '../../effects/model/statement-handler.ts'
import { once } from './once.ts'
import type { ReviewContext } from './review-context.ts'
import type { StepPosition } from './schema-changes.ts'

type Written<K extends StatementKind> = StepPosition & { body: Extract<Node, Record<K, unknown>>[K] }

/** The statements of one kind in the up migrations, by the name of its parse-tree node, in order. */
export function statementsOfKind<K extends StatementKind>(context: ReviewContext, kind: K): Written<K>[] {
  return statementsOfKindInBothDirections(context, kind).filter(({ step }) => step.migration.direction === 'up')
}

/** As {@link statementsOfKind}, and then those of the down migrations. */
export function statementsOfKindInBothDirections<K extends StatementKind>(
  context: ReviewContext,
  kind: K,
): Written<K>[] {
  return (byNode(context).get(kind) ?? []) as Written<K>[]
}

/** The subcommands of these kinds in the ALTER TABLE statements of the up migrations. */
export function subcommands(
  context: ReviewContext,
  ...kinds: AlterTableType[]
): (StepPosition & { command: AlterTableCmd })[] {
  return kinds.flatMap((kind) => bySubcommand(context).get(kind) ?? [])
}

const byNode = once(({ steps }) => {
  const all = steps.flatMap((step, at) =>
    Object.entries(step.statement.node ?? {}).map(([kind, body]) => ({ step, at, kind, body: body as unknown })),
  )
  return Map.groupBy(all, ({ kind }) => kind)
})

const bySubcommand = once((context) => {
  const all = statementsOfKind(context, 'AlterTableStmt').flatMap(({ step, at, body }) =>
    (body.cmds ?? []).flatMap((command) =>
      'AlterTableCmd' in command ? [{ step, at, command: command.AlterTableCmd }] : [],
    ),
  )
  return Map.groupBy(all, ({ command }) => command.subtype)
})
