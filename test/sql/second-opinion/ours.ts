import type { AlterTableCmd, ColumnDef, Constraint, CreateStmt, DropStmt, Node, RangeVar } from '@pgsql/types'
import { qualifiedName, rangeVars, strings } from '../../../src/sql/walk.ts'
import { dotted, type Reading, set } from './reading.ts'

/** The reading of PostgreSQL's own parse tree; null for kinds the other parser has no word for. */
export function ourReading(node: Node): Reading | null {
  if ('CreateStmt' in node) return createTable(node.CreateStmt)
  if ('AlterTableStmt' in node) {
    const { relation, cmds, objtype } = node.AlterTableStmt
    if (objtype !== 'OBJECT_TABLE') return null
    const parts = (cmds ?? []).map((cmd) => ('AlterTableCmd' in cmd ? subcommand(cmd.AlterTableCmd) : ''))
    return { kind: 'alter table', names: [table(relation)], parts }
  }
  if ('RenameStmt' in node) {
    const { renameType, relation, subname, newname } = node.RenameStmt
    if (renameType === 'OBJECT_TABLE')
      return { kind: 'alter table', names: [table(relation)], parts: [`rename to ${newname}`] }
    if (renameType === 'OBJECT_COLUMN')
      return { kind: 'alter table', names: [table(relation)], parts: [`rename column ${subname} to ${newname}`] }
    if (renameType === 'OBJECT_TABCONSTRAINT')
      return { kind: 'alter table', names: [table(relation)], parts: [`rename constraint ${subname} to ${newname}`] }
    return renameType === 'OBJECT_INDEX'
      ? { kind: 'alter index', names: [table(relation)], parts: [`rename to ${newname}`] }
      : null
  }
  if ('IndexStmt' in node) {
    const { relation, idxname, unique, concurrent, indexParams, whereClause } = node.IndexStmt
    const columns = (indexParams ?? []).map((param) =>
      'IndexElem' in param ? (param.IndexElem.name ?? 'an expression') : '',
    )
    const words = [unique ? 'unique' : '', concurrent ? 'concurrently' : '', whereClause ? 'where' : '']
    const parts = [`named ${idxname ?? '-'}`, ...columns, ...words.filter((word) => word !== '')]
    return { kind: 'create index', names: [table(relation)], parts }
  }
  if ('DropStmt' in node) return drop(node.DropStmt)
  return rows(node) ?? others(node)
}

function rows(node: Node): Reading | null {
  if ('InsertStmt' in node) {
    const { relation, cols, withClause } = node.InsertStmt
    if (withClause) return query(node)
    return { kind: 'insert', names: [table(relation)], parts: targets(cols) }
  }
  if ('UpdateStmt' in node) {
    const { relation, targetList, withClause } = node.UpdateStmt
    if (withClause) return query(node)
    return { kind: 'update', names: [table(relation)], parts: targets(targetList) }
  }
  if ('DeleteStmt' in node) {
    const { relation, whereClause, withClause } = node.DeleteStmt
    if (withClause) return query(node)
    return { kind: 'delete', names: [table(relation)], parts: whereClause ? ['where'] : [] }
  }
  if ('SelectStmt' in node) return query(node)
  if (!('TruncateStmt' in node)) return null
  const { relations, restart_seqs, behavior } = node.TruncateStmt
  const words = [restart_seqs ? 'restart' : '', behavior === 'DROP_CASCADE' ? 'cascade' : '']
  return { kind: 'truncate', names: tables(relations), parts: words.filter((word) => word !== '') }
}

function others(node: Node): Reading | null {
  if ('CreateEnumStmt' in node) {
    return {
      kind: 'create enum',
      names: [named(node.CreateEnumStmt.typeName)],
      parts: strings(node.CreateEnumStmt.vals),
    }
  }
  if ('CompositeTypeStmt' in node) {
    const parts = (node.CompositeTypeStmt.coldeflist ?? []).map((item) =>
      'ColumnDef' in item ? (item.ColumnDef.colname ?? '') : '',
    )
    return { kind: 'create composite type', names: [table(node.CompositeTypeStmt.typevar)], parts }
  }
  if ('AlterEnumStmt' in node) {
    const { typeName, oldVal, newVal } = node.AlterEnumStmt
    return {
      kind: 'alter enum',
      names: [named(typeName)],
      parts: [oldVal ? `rename ${oldVal} to ${newVal}` : `add ${newVal}`],
    }
  }
  if ('ViewStmt' in node) {
    return {
      kind: 'create view',
      names: [table(node.ViewStmt.view)],
      parts: set(tables(rangeVars(node.ViewStmt.query))),
    }
  }
  if ('CreateTableAsStmt' in node) {
    const { objtype, into, query: source } = node.CreateTableAsStmt
    if (objtype !== 'OBJECT_MATVIEW') return null
    return { kind: 'create materialized view', names: [table(into?.rel)], parts: set(tables(rangeVars(source))) }
  }
  if ('RefreshMatViewStmt' in node) {
    const { relation, concurrent } = node.RefreshMatViewStmt
    return { kind: 'refresh materialized view', names: [table(relation)], parts: concurrent ? ['concurrently'] : [] }
  }
  if ('CreateSeqStmt' in node)
    return { kind: 'create sequence', names: [table(node.CreateSeqStmt.sequence)], parts: [] }
  if ('AlterSeqStmt' in node) return { kind: 'alter sequence', names: [table(node.AlterSeqStmt.sequence)], parts: [] }
  if ('CreateSchemaStmt' in node)
    return { kind: 'create schema', names: [node.CreateSchemaStmt.schemaname ?? ''], parts: [] }
  if ('CreateExtensionStmt' in node)
    return { kind: 'create extension', names: [node.CreateExtensionStmt.extname ?? ''], parts: [] }
  if ('CreateFunctionStmt' in node) {
    const { funcname, parameters } = node.CreateFunctionStmt
    const parts = (parameters ?? []).flatMap((parameter) =>
      'FunctionParameter' in parameter && parameter.FunctionParameter.mode !== 'FUNC_PARAM_TABLE'
        ? [parameter.FunctionParameter.name ?? '-']
        : [],
    )
    return { kind: 'create function', names: [named(funcname)], parts }
  }
  if ('DoStmt' in node) return { kind: 'do', names: [], parts: [] }
  if ('CommentStmt' in node) {
    const { objtype, object } = node.CommentStmt
    const kind = String(objtype).replace('OBJECT_', '').toLowerCase()
    return {
      kind: `comment on ${kind}`,
      names: [object && 'List' in object ? strings(object.List.items).join('.') : ''],
      parts: [],
    }
  }
  if ('TransactionStmt' in node) {
    const kind = String(node.TransactionStmt.kind).replace('TRANS_STMT_', '').toLowerCase()
    return ['begin', 'start', 'commit', 'rollback'].includes(kind) ? { kind, names: [], parts: [] } : null
  }
  if ('VariableSetStmt' in node) return { kind: 'set', names: [node.VariableSetStmt.name ?? ''], parts: [] }
  return null
}

function createTable({ relation, tableElts }: CreateStmt): Reading {
  const parts = (tableElts ?? []).map((element) => {
    if ('ColumnDef' in element) return column(element.ColumnDef)
    if ('Constraint' in element) return constraint(element.Constraint)
    return 'TableLikeClause' in element ? `like ${table(element.TableLikeClause.relation)}` : ''
  })
  // The other parser keeps constraints apart from columns.
  const isColumn = (part: string) => part.startsWith('column ') || part.startsWith('like ')
  return {
    kind: 'create table',
    names: [table(relation)],
    parts: [...parts.filter(isColumn), ...parts.filter((part) => !isColumn(part))],
  }
}

function column({ colname, constraints }: ColumnDef): string {
  const words = (constraints ?? []).map((node) => ('Constraint' in node ? constraint(node.Constraint) : ''))
  return ['column', colname, ...set(words)].join(' ')
}

function constraint(item: Constraint): string {
  const columns = (nodes: Node[] | undefined) => `(${strings(nodes).join(', ')})`
  switch (item.contype) {
    case 'CONSTR_NOTNULL':
      return 'not null'
    case 'CONSTR_NULL':
      return 'null'
    case 'CONSTR_DEFAULT':
      return 'default'
    case 'CONSTR_CHECK':
      return 'check'
    case 'CONSTR_GENERATED':
    case 'CONSTR_IDENTITY':
      return 'generated'
    case 'CONSTR_PRIMARY':
      return item.keys ? `primary key${columns(item.keys)}` : 'primary key'
    case 'CONSTR_UNIQUE':
      return item.keys ? `unique${columns(item.keys)}` : 'unique'
    case 'CONSTR_FOREIGN':
      return `references${item.fk_attrs ? columns(item.fk_attrs) : ''} ${table(item.pktable)}${columns(item.pk_attrs)} on delete ${item.fk_del_action}`
    default:
      return String(item.contype)
  }
}

function subcommand({ subtype, name, def }: AlterTableCmd): string {
  switch (subtype) {
    case 'AT_AddColumn':
      return `add ${def && 'ColumnDef' in def ? column(def.ColumnDef) : ''}`
    case 'AT_DropColumn':
      return `drop column ${name}`
    case 'AT_ColumnDefault':
      return `${def ? 'set' : 'drop'} default ${name}`
    case 'AT_SetNotNull':
      return `set not null ${name}`
    case 'AT_DropNotNull':
      return `drop not null ${name}`
    case 'AT_AlterColumnType':
      return `set type ${name}`
    case 'AT_AddIdentity':
      return `add generated ${name}`
    case 'AT_AddConstraint':
      return `add ${def && 'Constraint' in def ? constraint(def.Constraint) : ''}`
    case 'AT_DropConstraint':
      return `drop constraint ${name}`
    case 'AT_ChangeOwner':
      return 'owner'
    default:
      return String(subtype)
  }
}

const dropped: Partial<Record<string, string>> = {
  OBJECT_TABLE: 'drop table',
  OBJECT_INDEX: 'drop index',
  OBJECT_SEQUENCE: 'drop sequence',
  OBJECT_TYPE: 'drop type',
  OBJECT_TRIGGER: 'drop trigger',
  OBJECT_FUNCTION: 'drop function',
}

function drop({ removeType, objects, concurrent, behavior }: DropStmt): Reading | null {
  const kind = dropped[String(removeType)]
  if (!kind) return null
  const names = (objects ?? []).map((object) => {
    if ('List' in object) return named(object.List.items)
    if ('TypeName' in object) return named(object.TypeName.names)
    return 'ObjectWithArgs' in object ? named(object.ObjectWithArgs.objname) : ''
  })
  const words = [concurrent ? 'concurrently' : '', behavior === 'DROP_CASCADE' ? 'cascade' : '']
  return { kind, names, parts: words.filter((word) => word !== '') }
}

function query(node: Node): Reading {
  return { kind: 'query', names: set(tables(rangeVars(node))), parts: [] }
}

function targets(nodes: Node[] | undefined): string[] {
  return (nodes ?? []).map((node) => ('ResTarget' in node ? (node.ResTarget.name ?? '') : ''))
}

function named(nodes: Node[] | undefined): string {
  const { schema, name } = qualifiedName(nodes)
  return dotted(schema, name)
}

function table(relation: RangeVar | undefined): string {
  return dotted(relation?.schemaname, relation?.relname)
}

function tables(relations: (Node | RangeVar)[] | undefined): string[] {
  return (relations ?? []).map((relation) => table('RangeVar' in relation ? relation.RangeVar : (relation as RangeVar)))
}
