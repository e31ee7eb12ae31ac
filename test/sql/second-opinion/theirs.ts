import {
  astVisitor,
  type ColumnConstraint,
  type CreateColumnDef,
  type CreateColumnsLikeTable,
  type QName,
  type Statement,
  type TableAlteration,
  type TableConstraint,
} from 'pgsql-ast-parser'
import { dotted, type Reading, set } from './reading.ts'

/** The reading of pgsql-ast-parser's tree. */
export function theirReading(statement: Statement): Reading {
  switch (statement.type) {
    case 'create table':
      return {
        kind: 'create table',
        names: [name(statement.name)],
        parts: [...statement.columns.map(column), ...(statement.constraints ?? []).map(constraint)],
      }
    case 'alter table':
      return { kind: 'alter table', names: [name(statement.table)], parts: statement.changes.map(subcommand) }
    case 'alter index':
      return {
        kind: 'alter index',
        names: [name(statement.index)],
        parts: [statement.change.type === 'rename' ? `rename to ${statement.change.to.name}` : 'set tablespace'],
      }
    case 'create index': {
      const columns = statement.expressions.map(({ expression }) =>
        expression.type === 'ref' ? expression.name : 'an expression',
      )
      const words = [
        statement.unique ? 'unique' : '',
        statement.concurrently ? 'concurrently' : '',
        statement.where ? 'where' : '',
      ]
      return {
        kind: 'create index',
        names: [name(statement.table)],
        parts: [`named ${statement.indexName?.name ?? '-'}`, ...columns, ...words.filter((word) => word !== '')],
      }
    }
    case 'drop table':
    case 'drop index':
    case 'drop sequence':
    case 'drop type':
    case 'drop trigger': {
      const words = [statement.concurrently ? 'concurrently' : '', statement.cascade === 'cascade' ? 'cascade' : '']
      return { kind: statement.type, names: statement.names.map(name), parts: words.filter((word) => word !== '') }
    }
    case 'drop function':
      return { kind: 'drop function', names: [name(statement.name)], parts: [] }
    case 'insert':
      return {
        kind: 'insert',
        names: [name(statement.into)],
        parts: (statement.columns ?? []).map((item) => item.name),
      }
    case 'update':
      return {
        kind: 'update',
        names: [name(statement.table)],
        parts: statement.sets.map((setStatement) => setStatement.column.name),
      }
    case 'delete':
      return { kind: 'delete', names: [name(statement.from)], parts: statement.where ? ['where'] : [] }
    case 'truncate table': {
      const words = [
        statement.identity === 'restart' ? 'restart' : '',
        statement.cascade === 'cascade' ? 'cascade' : '',
      ]
      return { kind: 'truncate', names: statement.tables.map(name), parts: words.filter((word) => word !== '') }
    }
    default:
      return others(statement)
  }
}

function others(statement: Statement): Reading {
  switch (statement.type) {
    case 'create view':
    case 'create materialized view':
      return { kind: statement.type, names: [name(statement.name)], parts: tablesIn(statement.query) }
    case 'refresh materialized view':
      return {
        kind: statement.type,
        names: [name(statement.name)],
        parts: statement.concurrently ? ['concurrently'] : [],
      }
    case 'create enum':
      return {
        kind: 'create enum',
        names: [name(statement.name)],
        parts: statement.values.map((literal) => literal.value),
      }
    case 'create composite type':
      return {
        kind: statement.type,
        names: [name(statement.name)],
        parts: statement.attributes.map((attribute) => attribute.name.name),
      }
    case 'alter enum': {
      const { change } = statement
      return {
        kind: 'alter enum',
        names: [name(statement.name)],
        parts: [change.type === 'add value' ? `add ${change.add.value}` : `rename type to ${change.to.name}`],
      }
    }
    case 'create sequence':
    case 'alter sequence':
    case 'create schema':
      return { kind: statement.type, names: [name(statement.name)], parts: [] }
    case 'create extension':
      return { kind: 'create extension', names: [statement.extension.name], parts: [] }
    case 'create function':
      return {
        kind: 'create function',
        names: [name(statement.name)],
        parts: statement.arguments.map((functionArgument) => functionArgument.name?.name ?? '-'),
      }
    case 'comment': {
      const { on } = statement
      const target =
        on.type === 'column' ? [on.column.schema, on.column.table, on.column.column] : [on.name.schema, on.name.name]
      return {
        kind: `comment on ${on.type}`,
        names: [target.filter((item) => item !== undefined).join('.')],
        parts: [],
      }
    }
    case 'start transaction':
      return { kind: 'start', names: [], parts: [] }
    case 'set':
      return { kind: 'set', names: [statement.variable.name], parts: [] }
    case 'select':
    case 'union':
    case 'union all':
    case 'values':
    case 'with':
    case 'with recursive':
      return { kind: 'query', names: tablesIn(statement), parts: [] }
    default:
      return { kind: statement.type, names: [], parts: [] }
  }
}

function column(item: CreateColumnDef | CreateColumnsLikeTable): string {
  if (item.kind === 'like table') return `like ${name(item.like)}`
  return ['column', item.name.name, ...set((item.constraints ?? []).map(constraint))].join(' ')
}

const deletions: Record<string, string> = {
  'no action': 'a',
  restrict: 'r',
  cascade: 'c',
  'set null': 'n',
  'set default': 'd',
}

function constraint(item: TableConstraint | ColumnConstraint): string {
  const columns = (names: { name: string }[]) => `(${names.map((each) => each.name).join(', ')})`
  switch (item.type) {
    case 'add generated':
      return 'generated'
    case 'reference':
    case 'foreign key': {
      const local = 'localColumns' in item ? columns(item.localColumns) : ''
      return `references${local} ${name(item.foreignTable)}${columns(item.foreignColumns)} on delete ${deletions[item.onDelete ?? 'no action']}`
    }
    case 'primary key':
    case 'unique':
      return 'columns' in item ? `${item.type}${columns(item.columns)}` : item.type
    default:
      return item.type
  }
}

function subcommand(change: TableAlteration): string {
  switch (change.type) {
    case 'rename':
      return `rename to ${change.to.name}`
    case 'rename column':
      return `rename column ${change.column.name} to ${change.to.name}`
    case 'rename constraint':
      return `rename constraint ${change.constraint.name} to ${change.to.name}`
    case 'add column':
      return `add ${column(change.column)}`
    case 'drop column':
      return `drop column ${change.column.name}`
    case 'drop constraint':
      return `drop constraint ${change.constraint.name}`
    case 'alter column':
      return `${change.alter.type} ${change.column.name}`
    case 'add constraint':
      return `add ${constraint(change.constraint)}`
    case 'owner':
      return 'owner'
  }
}

function name(qName: QName): string {
  return dotted(qName.schema, qName.name)
}

/** Tables that a query names, WITH queries left out. */
function tablesIn(statement: Statement): string[] {
  const found: QName[] = []
  const bound = new Set<string>()
  const visitor = astVisitor((map) => ({
    tableRef: (qNameAliased) => {
      found.push(qNameAliased)
      map.super().tableRef(qNameAliased)
    },
    with: (withStatement) => {
      for (const { alias } of withStatement.bind) bound.add(alias.name)
      map.super().with(withStatement)
    },
    withRecursive: (withRecursiveStatement) => {
      bound.add(withRecursiveStatement.alias.name)
      map.super().withRecursive(withRecursiveStatement)
    },
    insert: (insertStatement) => {
      found.push(insertStatement.into)
      map.super().insert(insertStatement)
    },
  }))
  visitor.statement(statement)
  return set(found.filter((qName) => qName.schema || !bound.has(qName.name)).map(name))
}
