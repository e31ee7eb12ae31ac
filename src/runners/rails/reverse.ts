import { textOf, type Value } from '../../languages/code/values.ts'
import type { Command } from './command.ts'

/** The command that undoes this one when `change` runs backwards (CommandRecorder); throws {@link Irreversible}. */
export function reversed(command: Command): Command {
  const { name, args, options } = command
  const straight = opposites[name]
  if (straight) {
    if (name === 'remove_column' && args.length < 3) return irreversible(name)
    return { ...command, name: straight }
  }
  switch (name) {
    case 'rename_table':
    case 'rename_enum':
      return { ...command, args: [...args].reverse() }
    case 'rename_column':
    case 'rename_index':
      return { ...command, args: [args[0], args[2], args[1]].filter((arg): arg is Value => arg !== undefined) }
    case 'drop_table':
      return command.block || options.values.size > 0 ? { ...command, name: 'create_table' } : irreversible(name)
    case 'remove_index': {
      const columns = args[1] ?? options.value('column')
      if (!columns) return irreversible(name)
      return {
        ...command,
        name: 'add_index',
        args: [args[0] as Value, columns],
        options: options.without('column', 'if_exists'),
      }
    }
    case 'remove_columns':
      return options.has('type') ? { ...command, name: 'add_columns' } : irreversible(name)
    case 'remove_foreign_key': {
      const to = args[1] ?? options.value('to_table')
      if (!to) return irreversible(name)
      return { ...command, name: 'add_foreign_key', args: [args[0] as Value, to], options: options.without('to_table') }
    }
    case 'remove_check_constraint':
    case 'remove_unique_constraint':
    case 'remove_exclusion_constraint':
      return args.length > 1 ? { ...command, name: name.replace('remove', 'add') } : irreversible(name)
    case 'change_column_default':
    case 'change_column_comment':
    case 'change_table_comment': {
      const dict = args.at(-1)
      const both = options.has('from') ? options.values : dict?.kind === 'dict' ? dict.entries : null
      const [from, to] = [both?.get('from'), both?.get('to')]
      if (!from || !to) return irreversible(name)
      return {
        ...command,
        args: args.filter((arg) => arg !== dict || textOf(arg) !== null),
        options: options.with('to', from).with('from', to),
      }
    }
    case 'change_column_null': {
      const nullable = args[2]
      if (nullable?.kind !== 'constant') return irreversible(name)
      return {
        ...command,
        args: [...args.slice(0, 2), { kind: 'constant', value: nullable.value !== true }, ...args.slice(3)],
      }
    }
    case 'create_enum':
      return { ...command, name: 'drop_enum' }
    case 'drop_enum':
      return args.length > 1 ? { ...command, name: 'create_enum' } : irreversible(name)
    case 'rename_enum_value': {
      const [from, to] = [options.value('from'), options.value('to')]
      return from && to ? { ...command, options: options.with('from', to).with('to', from) } : irreversible(name)
    }
    case 'update_view':
    case 'update_function':
    case 'update_trigger': {
      const version = options.value('revert_to_version')
      return version ? { ...command, options: options.with('version', version) } : irreversible(name)
    }
    case 'drop_view':
    case 'drop_function':
    case 'drop_trigger': {
      const version = options.value('revert_to_version')
      return version
        ? { ...command, name: name.replace('drop', 'create'), options: options.with('version', version) }
        : irreversible(name)
    }
    default:
      return irreversible(name)
  }
}

const opposites: Record<string, string> = {
  create_table: 'drop_table',
  create_join_table: 'drop_join_table',
  drop_join_table: 'create_join_table',
  add_column: 'remove_column',
  remove_column: 'add_column',
  add_columns: 'remove_columns',
  add_index: 'remove_index',
  add_timestamps: 'remove_timestamps',
  remove_timestamps: 'add_timestamps',
  add_reference: 'remove_reference',
  remove_reference: 'add_reference',
  add_foreign_key: 'remove_foreign_key',
  add_check_constraint: 'remove_check_constraint',
  add_unique_constraint: 'remove_unique_constraint',
  add_exclusion_constraint: 'remove_exclusion_constraint',
  enable_extension: 'disable_extension',
  disable_extension: 'enable_extension',
  create_view: 'drop_view',
  create_function: 'drop_function',
  create_trigger: 'drop_trigger',
}

/** Thrown where Rails refuses to roll back: nothing is sent then. */
export class Irreversible extends Error {}

function irreversible(name: string): never {
  throw new Irreversible(name)
}

/** Commands that the recorder does not know go to the database at once, whichever the direction. */
export function passesThrough(name: string): boolean {
  return /^(validate_|create_schema$|drop_schema$)/.test(name)
}
