import type {
  AlterTableCmd,
  CommonTableExpr,
  Constraint,
  CopyStmt,
  CreateFunctionStmt,
  CreateStatsStmt,
  CreateTrigStmt,
  GrantStmt,
  IndexStmt,
  JoinExpr,
  MergeStmt,
  PartitionCmd,
  PublicationObjSpec,
  RangeSubselect,
  ReindexStmt,
  SelectStmt,
  WindowDef,
} from '@pgsql/types'

/**
 * A piece of syntax that some supported server lacks. Since which version a server knows it is no part of this table:
 * `npm run facts` runs the example on every version and writes the answer to server-facts/syntax.json.
 */
interface SyntaxFeature {
  /** How a message names it: "… came with PostgreSQL 18". */
  words: string
  /** Matches every statement text that may use it; most statements match none, and their trees are not walked. */
  hint: RegExp
  /** Whether a node of the parse tree, under the key `name`, uses it. */
  isIn(name: string, node: object): boolean
  /** A statement that uses it and no newer feature. */
  example: string
  /** Statements that the example needs before it. */
  before?: string
}

/** The feature of one node type. */
function inNode<Body extends object>(type: string, uses: (node: Body) => unknown): SyntaxFeature['isIn'] {
  return (name, node) => name === type && Boolean(uses(node as Body))
}

/** An option of a list: `WITH (name)`, `(name value)`. */
function inOption(...names: string[]): SyntaxFeature['isIn'] {
  return inNode<{ defname?: string }>('DefElem', ({ defname = '' }) => names.includes(defname))
}

function inCommand(subtype: AlterTableCmd['subtype'], uses: (command: AlterTableCmd) => unknown = () => true) {
  return inNode<AlterTableCmd>('AlterTableCmd', (command) => command.subtype === subtype && uses(command))
}

const table = 'CREATE TABLE t (a int, b int, c int)'
const keyed = `${table}; CREATE TABLE k (a int, b int, PRIMARY KEY (a, b))`
const generated = 'CREATE TABLE t (a int, g int GENERATED ALWAYS AS (a * 2) STORED)'
const partitioned = 'CREATE TABLE t (a int) PARTITION BY LIST (a); CREATE TABLE p PARTITION OF t FOR VALUES IN (1)'

/** NOT VALID leaves `is_enforced` set, NOT ENFORCED clears it. */
function isNotEnforced({ contype, skip_validation, is_enforced }: Constraint): boolean {
  if (contype === 'CONSTR_ATTR_NOT_ENFORCED') return true
  const checked = contype === 'CONSTR_CHECK' || contype === 'CONSTR_FOREIGN'
  return checked && skip_validation === true && is_enforced !== true
}

const definitions: SyntaxFeature[] = [
  {
    words: 'a virtual generated column',
    hint: /generated/i,
    // Also with neither word, which means VIRTUAL to the parser; servers before 18 need STORED.
    isIn: inNode<Constraint>(
      'Constraint',
      ({ contype, generated_kind }) => contype === 'CONSTR_GENERATED' && generated_kind === 'v',
    ),
    example: 'ALTER TABLE t ADD COLUMN d int GENERATED ALWAYS AS (a) VIRTUAL',
    before: table,
  },
  {
    words: 'a stored generated column',
    hint: /stored/i,
    isIn: inNode<Constraint>(
      'Constraint',
      ({ contype, generated_kind }) => contype === 'CONSTR_GENERATED' && generated_kind === 's',
    ),
    example: 'ALTER TABLE t ADD COLUMN d int GENERATED ALWAYS AS (a) STORED',
    before: table,
  },
  {
    words: 'NOT ENFORCED',
    hint: /enforced/i,
    isIn: inNode<Constraint>('Constraint', isNotEnforced),
    example: 'ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT ENFORCED',
    before: table,
  },
  {
    words: 'NOT NULL as a constraint of the table',
    hint: /not\s+null/i,
    isIn: inNode<Constraint>(
      'Constraint',
      ({ contype, keys }) =>
        contype === 'CONSTR_NOTNULL' && keys && !(keys[0] && 'String' in keys[0] && keys[0].String.sval === 'value'),
    ),
    example: 'ALTER TABLE t ADD CONSTRAINT n NOT NULL a',
    before: table,
  },
  {
    words: 'a key over periods',
    hint: /overlaps|period/i,
    isIn: inNode<Constraint>(
      'Constraint',
      ({ without_overlaps, fk_with_period }) => without_overlaps || fk_with_period,
    ),
    example: 'CREATE TABLE o (k int4range, r int4range, PRIMARY KEY (k, r WITHOUT OVERLAPS))',
  },
  {
    words: 'NULLS NOT DISTINCT',
    hint: /distinct/i,
    isIn: (name, node) =>
      (name === 'Constraint' || name === 'IndexStmt') && (node as IndexStmt & Constraint).nulls_not_distinct === true,
    example: 'CREATE UNIQUE INDEX i ON t (a) NULLS NOT DISTINCT',
    before: table,
  },
  {
    words: 'ON DELETE SET NULL with columns',
    hint: /set\s+(null|default)/i,
    isIn: inNode<Constraint>('Constraint', ({ fk_del_set_cols }) => fk_del_set_cols),
    example: 'ALTER TABLE t ADD FOREIGN KEY (a, b) REFERENCES k ON DELETE SET NULL (b)',
    before: keyed,
  },
  {
    words: 'INCLUDE of an index',
    hint: /include/i,
    isIn: (name, node) =>
      (name === 'IndexStmt' && (node as IndexStmt).indexIncludingParams !== undefined) ||
      (name === 'Constraint' && (node as Constraint).including !== undefined),
    example: 'CREATE INDEX i ON t (a) INCLUDE (b)',
    before: table,
  },
  {
    words: 'PARTITION BY HASH',
    hint: /hash/i,
    isIn: (name, node) => name === 'partspec' && (node as { strategy?: string }).strategy === 'PARTITION_STRATEGY_HASH',
    example: 'CREATE TABLE h (a int) PARTITION BY HASH (a)',
  },
  {
    words: 'a default partition',
    hint: /default/i,
    isIn: (name, node) => /^(partbound|bound)$/.test(name) && (node as { is_default?: boolean }).is_default === true,
    example: 'CREATE TABLE d PARTITION OF t DEFAULT',
    before: partitioned,
  },
  {
    words: 'STORAGE of a new column',
    hint: /storage/i,
    isIn: inNode<{ storage_name?: string }>('ColumnDef', ({ storage_name }) => storage_name),
    example: 'CREATE TABLE s (a text STORAGE EXTERNAL)',
  },
  {
    words: 'COMPRESSION of a column',
    hint: /compression/i,
    isIn: inNode<{ compression?: string }>('ColumnDef', ({ compression }) => compression),
    example: 'CREATE TABLE s (a text COMPRESSION pglz)',
  },
  {
    words: 'a function body in BEGIN ATOMIC',
    hint: /atomic|return/i,
    isIn: inNode<CreateFunctionStmt>('CreateFunctionStmt', ({ sql_body }) => sql_body),
    example: 'CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END',
  },
  {
    words: 'CREATE PROCEDURE',
    hint: /procedure/i,
    isIn: inNode<CreateFunctionStmt>('CreateFunctionStmt', ({ is_procedure }) => is_procedure),
    example: "CREATE PROCEDURE f() LANGUAGE sql AS 'SELECT 1'",
  },
  {
    words: 'CREATE OR REPLACE TRIGGER',
    hint: /replace/i,
    isIn: inNode<CreateTrigStmt>('CreateTrigStmt', ({ replace }) => replace),
    example:
      'CREATE OR REPLACE TRIGGER r BEFORE UPDATE ON t FOR EACH ROW EXECUTE PROCEDURE suppress_redundant_updates_trigger()',
    before: table,
  },
  {
    words: 'security_invoker',
    hint: /security_invoker/i,
    isIn: inOption('security_invoker'),
    example: 'CREATE VIEW v WITH (security_invoker = true) AS SELECT 1 AS x',
  },
  {
    words: 'CREATE STATISTICS without a name',
    hint: /statistics/i,
    isIn: inNode<CreateStatsStmt>('CreateStatsStmt', ({ defnames }) => !defnames),
    example: 'CREATE STATISTICS ON a, b FROM t',
    before: table,
  },
  {
    words: 'a publication of the tables of a schema',
    hint: /tables\s+in\s+schema/i,
    isIn: inNode<PublicationObjSpec>('PublicationObjSpec', ({ pubobjtype }) => /SCHEMA/.test(pubobjtype ?? '')),
    example: 'CREATE PUBLICATION p FOR TABLES IN SCHEMA public',
  },
  {
    words: 'a publication of some columns or rows',
    hint: /publication/i,
    isIn: inNode<PublicationObjSpec>(
      'PublicationObjSpec',
      ({ pubtable }) => pubtable?.columns ?? pubtable?.whereClause,
    ),
    example: 'CREATE PUBLICATION p FOR TABLE t (a)',
    before: table,
  },
]

const commands: SyntaxFeature[] = [
  {
    words: 'SET EXPRESSION',
    hint: /set\s+expression/i,
    isIn: inCommand('AT_SetExpression'),
    example: 'ALTER TABLE t ALTER COLUMN g SET EXPRESSION AS (a * 3)',
    before: generated,
  },
  {
    words: 'DROP EXPRESSION',
    hint: /drop\s+expression/i,
    isIn: inCommand('AT_DropExpression'),
    example: 'ALTER TABLE t ALTER COLUMN g DROP EXPRESSION',
    before: generated,
  },
  {
    words: 'SET ACCESS METHOD',
    hint: /access\s+method/i,
    isIn: inCommand('AT_SetAccessMethod', ({ name }) => name),
    example: 'ALTER TABLE t SET ACCESS METHOD heap',
    before: table,
  },
  {
    words: 'SET ACCESS METHOD DEFAULT',
    hint: /access\s+method/i,
    isIn: inCommand('AT_SetAccessMethod', ({ name }) => !name),
    example: 'ALTER TABLE t SET ACCESS METHOD DEFAULT',
    before: table,
  },
  {
    words: 'SET COMPRESSION',
    hint: /set\s+compression/i,
    isIn: inCommand('AT_SetCompression'),
    example: 'ALTER TABLE t ALTER COLUMN a SET COMPRESSION pglz',
    before: 'CREATE TABLE t (a text)',
  },
  {
    words: 'SET STATISTICS DEFAULT',
    hint: /statistics\s+default/i,
    isIn: inCommand('AT_SetStatistics', ({ def }) => !def),
    example: 'ALTER TABLE t ALTER COLUMN a SET STATISTICS DEFAULT',
    before: table,
  },
  {
    words: 'ALTER CONSTRAINT … ENFORCED',
    hint: /enforced/i,
    isIn: inNode<{ alterEnforceability?: boolean }>(
      'ATAlterConstraint',
      ({ alterEnforceability }) => alterEnforceability,
    ),
    example: 'ALTER TABLE t ALTER CONSTRAINT f NOT ENFORCED',
    before: `${keyed}; ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a, b) REFERENCES k`,
  },
  {
    words: 'ALTER CONSTRAINT … INHERIT',
    hint: /inherit/i,
    isIn: inNode<{ alterInheritability?: boolean }>(
      'ATAlterConstraint',
      ({ alterInheritability }) => alterInheritability,
    ),
    example: 'ALTER TABLE t ALTER CONSTRAINT n NO INHERIT',
    before: 'CREATE TABLE t (a int, CONSTRAINT n NOT NULL a)',
  },
  {
    words: 'DETACH PARTITION CONCURRENTLY',
    hint: /concurrently/i,
    isIn: inNode<PartitionCmd>('PartitionCmd', ({ concurrent }) => concurrent),
    example: 'ALTER TABLE t DETACH PARTITION p CONCURRENTLY',
    before: partitioned,
  },
  {
    words: 'REINDEX CONCURRENTLY',
    hint: /concurrently/i,
    isIn: inNode<ReindexStmt>('ReindexStmt', ({ params }) =>
      params?.some((option) => 'DefElem' in option && option.DefElem.defname === 'concurrently'),
    ),
    example: 'REINDEX TABLE CONCURRENTLY t',
    before: table,
  },
  {
    words: 'REINDEX with a tablespace',
    hint: /tablespace/i,
    isIn: inNode<ReindexStmt>('ReindexStmt', ({ params }) =>
      params?.some((option) => 'DefElem' in option && option.DefElem.defname === 'tablespace'),
    ),
    example: 'REINDEX (TABLESPACE pg_default) TABLE t',
    before: table,
  },
  {
    words: 'a GRANT on a parameter',
    hint: /parameter/i,
    isIn: inNode<GrantStmt>('GrantStmt', ({ objtype }) => objtype === 'OBJECT_PARAMETER_ACL'),
    example: 'GRANT SET ON PARAMETER work_mem TO public',
  },
  {
    words: 'the privilege MAINTAIN',
    hint: /maintain/i,
    isIn: inNode<{ priv_name?: string }>('AccessPriv', ({ priv_name }) => priv_name === 'maintain'),
    example: 'GRANT MAINTAIN ON t TO public',
    before: table,
  },
  {
    words: 'COPY … WHERE',
    hint: /copy/i,
    isIn: inNode<CopyStmt>('CopyStmt', ({ whereClause }) => whereClause),
    example: "COPY t FROM PROGRAM 'true' WHERE a > 1",
    before: table,
  },
  {
    words: 'ON_ERROR of COPY',
    hint: /on_error/i,
    isIn: inOption('on_error'),
    example: "COPY t FROM PROGRAM 'true' (ON_ERROR ignore)",
    before: table,
  },
]

const queries: SyntaxFeature[] = [
  {
    words: 'MERGE',
    hint: /merge/i,
    isIn: inNode('MergeStmt', () => true),
    example: 'MERGE INTO t USING (SELECT 1 AS x) s ON t.a = s.x WHEN MATCHED THEN DELETE',
    before: table,
  },
  {
    words: 'MERGE … RETURNING',
    hint: /merge/i,
    isIn: inNode<MergeStmt>('MergeStmt', ({ returningClause }) => returningClause),
    example: 'MERGE INTO t USING (SELECT 1 AS x) s ON t.a = s.x WHEN MATCHED THEN DELETE RETURNING t.a',
    before: table,
  },
  {
    words: 'WHEN NOT MATCHED BY SOURCE',
    hint: /by\s+source/i,
    isIn: inNode<{ matchKind?: string }>(
      'MergeWhenClause',
      ({ matchKind }) => matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE',
    ),
    example: 'MERGE INTO t USING (SELECT 1 AS x) s ON t.a = s.x WHEN NOT MATCHED BY SOURCE THEN DELETE',
    before: table,
  },
  {
    words: 'RETURNING WITH (OLD AS …)',
    hint: /returning/i,
    isIn: inNode('ReturningOption', () => true),
    example: 'UPDATE t SET a = 1 RETURNING WITH (OLD AS o) o.a',
    before: table,
  },
  {
    words: 'MATERIALIZED in WITH',
    hint: /materialized/i,
    isIn: inNode<CommonTableExpr>('CommonTableExpr', ({ ctematerialized }) =>
      /Always|Never/.test(ctematerialized ?? ''),
    ),
    example: 'WITH w AS MATERIALIZED (SELECT 1) SELECT * FROM w',
  },
  {
    words: 'SEARCH or CYCLE in WITH',
    hint: /search|cycle/i,
    isIn: inNode<CommonTableExpr>(
      'CommonTableExpr',
      ({ search_clause, cycle_clause }) => search_clause ?? cycle_clause,
    ),
    example:
      'WITH RECURSIVE w (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM w WHERE x < 2) SEARCH DEPTH FIRST BY x SET o SELECT * FROM w',
  },
  {
    words: 'FETCH FIRST … WITH TIES',
    hint: /ties/i,
    isIn: (_name, node) => (node as SelectStmt).limitOption === 'LIMIT_OPTION_WITH_TIES',
    example: 'SELECT a FROM t ORDER BY a FETCH FIRST 1 ROWS WITH TIES',
    before: table,
  },
  {
    words: 'GROUP BY DISTINCT',
    hint: /distinct/i,
    isIn: (_name, node) => (node as SelectStmt).groupDistinct === true,
    example: 'SELECT a FROM t GROUP BY DISTINCT a',
    before: table,
  },
  {
    words: 'an alias of JOIN … USING',
    hint: /using/i,
    isIn: inNode<JoinExpr>('JoinExpr', ({ join_using_alias }) => join_using_alias),
    example: 'SELECT 1 FROM t JOIN t AS u USING (a) AS j',
    before: table,
  },
  {
    words: 'a subquery in FROM without an alias',
    hint: /select/i,
    isIn: inNode<RangeSubselect>('RangeSubselect', ({ alias }) => !alias),
    example: 'SELECT * FROM (SELECT 1)',
  },
  {
    words: 'a window frame of GROUPS',
    hint: /groups/i,
    // FRAMEOPTION_GROUPS of parsenodes.h
    isIn: (_name, node) => (((node as WindowDef).frameOptions ?? 0) & 0x08) !== 0,
    example: 'SELECT sum(a) OVER (ORDER BY a GROUPS 1 PRECEDING) FROM t',
    before: table,
  },
  {
    words: 'IS JSON',
    hint: /json/i,
    isIn: inNode('JsonIsPredicate', () => true),
    example: "SELECT '1' IS JSON",
  },
  {
    words: 'JSON_ARRAY, JSON_OBJECT and their aggregates',
    hint: /json/i,
    isIn: (name) => /^Json(Array|Object)(Constructor|Agg|QueryConstructor)$/.test(name),
    example: 'SELECT JSON_ARRAY(1)',
  },
  {
    words: 'JSON(), JSON_SCALAR() and JSON_SERIALIZE()',
    hint: /json/i,
    isIn: (name) => /^Json(Parse|Scalar|Serialize)Expr$/.test(name),
    example: "SELECT JSON_SCALAR('a')",
  },
  {
    words: 'JSON_VALUE, JSON_QUERY and JSON_EXISTS',
    hint: /json/i,
    isIn: inNode('JsonFuncExpr', () => true),
    example: "SELECT JSON_VALUE(jsonb '1', '$')",
  },
  {
    words: 'JSON_TABLE',
    hint: /json/i,
    isIn: inNode('JsonTable', () => true),
    example: "SELECT * FROM JSON_TABLE(jsonb '1', '$' COLUMNS (a int PATH '$')) AS j",
  },
]

/** Every piece of syntax that some server from 10 on lacks, and which the parse tree shows. */
export const syntaxFeatures: readonly SyntaxFeature[] = [...definitions, ...commands, ...queries]
