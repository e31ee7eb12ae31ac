import { parseSql } from '../../sql/parse.ts'
import { textOf } from '../../sql/statement.ts'

/** Words that only other databases know, by database, looked for outside strings and comments. */
const signs: readonly { title: string; pattern: RegExp }[] = [
  {
    title: 'ClickHouse',
    pattern:
      /\bengine\s*=?\s*(?:\w*mergetree|distributed|kafka|buffer|null|log|tinylog|stripelog|dictionary)\b|\bon\s+cluster\b|\blowcardinality\s*\(|\bcodec\s*\(|\border\s+by\s+tuple\s*\(|\bmaterialize\s+(?:column|index|projection)\b/i,
  },
  {
    title: 'SQL Server',
    pattern:
      /^\s*go\s*$|\[dbo\]|\[\w+\]\s*\.\s*\[|\bidentity\s*\(\s*\d+\s*,\s*\d+\s*\)|\bn?varchar\s*\(\s*max\s*\)|\bcreate\s+or\s+alter\b|\bexec\s+sp_|\b(?:non)?clustered\b|\bsysobjects\b|\bsys\.\w+|\bset\s+(?:ansi_nulls|quoted_identifier|nocount|xact_abort)\b/im,
  },
  {
    title: 'SQLite',
    pattern:
      /\bpragma\s+\w+|\bautoincrement\b|\bwithout\s+rowid\b|\bcreate\s+virtual\s+table\b|\binsert\s+or\s+(?:ignore|replace|abort|fail|rollback)\b|\)\s*strict\s*;|\braise\s*\(\s*(?:abort|fail|ignore|rollback)\b/i,
  },
  {
    title: 'MySQL',
    pattern:
      /\bauto_increment\b|\bengine\s*=\s*(?:innodb|myisam|memory|archive|csv|rocksdb|aria)\b|\bdefault\s+(?:charset|character\s+set)\b|\b(?:int|integer|bigint|smallint|tinyint|mediumint|decimal|float|double)\s*(?:\([\d, ]+\)\s*)?unsigned\b|\bon\s+update\s+current_timestamp\b|\b(?:modify|change)\s+column\b|\bdelimiter\s+\S|\badd\s+(?:unique\s+|fulltext\s+)?(?:index|key)\s+\S|\bdrop\s+(?:index|key|foreign\s+key)\s+\S+(?:\s+on\b|\s*[,;]|\s*$)|\bcharacter\s+set\s+\w+|\bset\s+foreign_key_checks\b|\b(?:tiny|medium|long)(?:text|blob|int)\b|\balgorithm\s*=\s*(?:inplace|instant|copy)\b|\block\s+tables\b|\bset\s+@|\bafter\s+\S+\s*[,;]|\bon\s+duplicate\s+key\b|\bkey\s+\w+\s*\(/i,
  },
  {
    title: 'Oracle',
    pattern:
      /^\s*\/\s*$|\bvarchar2\b|\bnumber\s*\(|\bexecute\s+immediate\b|\bnocache\b|\bclob\b|\bsysdate\b|\bfrom\s+dual\b|\badd\s*\(|\bmodify\s*\(/im,
  },
  { title: 'Spanner', pattern: /\bstring\s*\((?:max|\d+)\)|\bint64\b|\binterleave\s+in\b/i },
  { title: 'Cassandra', pattern: /\bcreate\s+keyspace\b|\bclustering\s+order\b|\bfrozen\s*</i },
  { title: 'MySQL, MariaDB or SQLite', pattern: /`[^`\n]+`/ },
]

/** Words that no other database knows, outside strings and comments. */
const onlyPostgres =
  /\b(?:jsonb|timestamptz|bytea|(?:big|small)?serial|tsvector|plpgsql|citext|regclass|gen_random_uuid|uuid_generate_v\d|nextval|current_setting|pg_\w+)\b|\bconcurrently\b|\busing\s+(?:gin|gist|brin|spgist)\b|\bcreate\s+(?:extension|domain|policy|publication|unlogged)\b|\bas\s+enum\b|\bnot\s+valid\b|\bsearch_path\b|\balter\s+column\s+\S+\s+(?:type|set\s+data)\b|\balter\s+type\b/i

/** Syntax that few other databases have. */
const mostlyPostgres =
  /::\s*"?[a-z]|\$\w*\$|\bdo\s+nothing\b|\bwith(?:out)?\s+time\s+zone\b|\b\w+\[\]|\bowner\s+to\b|\bcreate\s+materialized\b/i

/** Signs beside which a word that few others know counts for nothing. */
const decisive =
  /\bengine\s*=?\s*(?:\w*mergetree|innodb|myisam)\b|\bauto_increment\b|\bautoincrement\b|\[dbo\]|^\s*delimiter\s+\S/im

/**
 * The other database whose dialect a text is in; null where PostgreSQL can read it, or where it has words that only
 * PostgreSQL knows. Only statements that PostgreSQL's grammar refuses count, and at least half of those have to carry a
 * sign of the other dialect: a slip of the pen is a mistake, no dialect. The parser must be loaded.
 */
export function textDatabase(text: string): string | null {
  if (text.length > mostText) return null
  const bare = withoutStringsAndComments(text)
  if (!signs.some(({ pattern }) => pattern.test(bare)) || speaksPostgres(text)) return null
  const refused = parseSql(text).statements.filter(({ error }) => error !== null)
  if (refused.length === 0) return null
  const signed = refused.filter((statement) => {
    const own = withoutStringsAndComments(textOf(statement))
    return signs.some(({ pattern }) => pattern.test(own))
  })
  if (signed.length * 2 < refused.length) return null
  const counts = signs.map(({ title, pattern }) => ({
    title,
    count: signed.filter((statement) => pattern.test(withoutStringsAndComments(textOf(statement)))).length,
  }))
  const [only = null] = counts.filter(({ title, count }) => count > 0 && title !== shared)
  return only?.title ?? shared
}

const shared = 'MySQL, MariaDB or SQLite'

/** A text beyond this is parsed once only, by its runner; UTF-16 units. */
const mostText = 2_000_000

/** True for a text with words that only PostgreSQL knows. */
export function speaksPostgres(text: string): boolean {
  const bare = withoutStringsAndComments(text)
  return onlyPostgres.test(bare) || (mostlyPostgres.test(bare) && !decisive.test(bare))
}

/** Strings as empty ones and comments as spaces; quoted names and dollar quotes stay. */
function withoutStringsAndComments(text: string): string {
  return text.replace(/'(?:[^'\\]|''|\\.)*'|--[^\n]*|\/\*[\s\S]*?\*\/|^\s*#[^\n]*/gm, (part) =>
    part.startsWith("'") ? "''" : ' ',
  )
}
