import type { AlterTableCmd, AlterTableType, Node } from '@pgsql/types'
import type { StatementKind } from '../../effects/families.ts'
import type { Placed } from './marks.ts'
import { once } from './once.ts'
import type { Scene } from './scene.ts'

type Written<K extends StatementKind> = Placed & { body: Extract<Node, Record<K, unknown>>[K] }

/** The statements of one kind in the up migrations, by the name of its parse-tree node, in order. */
export function written<K extends StatementKind>(scene: Scene, kind: K): Written<K>[] {
  return writtenInBoth(scene, kind).filter(({ step }) => step.migration.direction === 'up')
}

/** As {@link written}, and then those of the down migrations. */
export function writtenInBoth<K extends StatementKind>(scene: Scene, kind: K): Written<K>[] {
  return (byNode(scene).get(kind) ?? []) as Written<K>[]
}

/** The subcommands of these kinds in the ALTER TABLE statements of the up migrations. */
export function subcommands(scene: Scene, ...kinds: AlterTableType[]): (Placed & { command: AlterTableCmd })[] {
  return kinds.flatMap((kind) => bySubcommand(scene).get(kind) ?? [])
}

const byNode = once(({ steps }) => {
  const all = steps.flatMap((step, at) =>
    Object.entries(step.statement.node ?? {}).map(([kind, body]) => ({ step, at, kind, body: body as unknown })),
  )
  return Map.groupBy(all, ({ kind }) => kind)
})

const bySubcommand = once((scene) => {
  const all = written(scene, 'AlterTableStmt').flatMap(({ step, at, body }) =>
    (body.cmds ?? []).flatMap((command) =>
      'AlterTableCmd' in command ? [{ step, at, command: command.AlterTableCmd }] : [],
    ),
  )
  return Map.groupBy(all, ({ command }) => command.subtype)
})
