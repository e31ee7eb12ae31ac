/** A file that changed, before and after: null where it does not exist. */
export interface ChangedText {
  path: string
  before: string | null
  after: string | null
}

/** Files that a tool writes from the database after a migration. */
const dump = /(^|\/)(?:structure\.sql|db\/(?:\w+_)?schema\.(?:sql|rb))$/

/** A tool that writes migrations from model files. */
interface ModelTool {
  path: RegExp
  /** The part of a model file that the tool makes migrations from, normalised; empty for other files. */
  schemaOf(text: string): string
  /** The command that writes the migration; null when a person does. */
  writes: string | null
}

const tools: readonly ModelTool[] = [
  {
    path: dump,
    schemaOf: (text) => normalised([text.replace(/--[^\n]*/g, '')]),
    writes: null,
  },
  { path: /\.prisma$/, schemaOf: prismaSchema, writes: 'prisma migrate dev' },
  {
    path: /\.[cm]?[jt]s$/,
    schemaOf: (text) => (/drizzle-orm\/pg-core/.test(text) ? drizzleSchema(text) : ''),
    writes: 'drizzle-kit generate',
  },
  {
    path: /(^|\/)models(?:\.py|\/[^/]+\.py)$/,
    schemaOf: (text) => (/\bdjango\b|\bmodels\.\w+Field\(|\bmodels\.ForeignKey\(/.test(text) ? djangoSchema(text) : ''),
    writes: 'manage.py makemigrations',
  },
  {
    path: /\.[cm]?[jt]s$/,
    schemaOf: (text) => (/@Entity\(/.test(text) ? entitySchema(text) : ''),
    writes: 'typeorm migration:generate',
  },
]

/** True for a dump of the schema, which no tool runs on a database that has data. */
export function isSchemaDump(path: string): boolean {
  return dump.test(path)
}

/** True for a path whose text {@link modelNotice} wants to see, before and after. */
export function mayBeModel(path: string): boolean {
  return (
    /\.prisma$/.test(path) ||
    dump.test(path) ||
    /(^|\/)models(?:\.py|\/[^/]+\.py)$/.test(path) ||
    /(?:entity|entities|model|models|schema|schemas|tables?)\b[^/]*(?:\/[^/]+)?\.[cm]?[jt]s$/i.test(path)
  )
}

/**
 * One sentence about model files whose schema changed; null when there is none. For a change that brings no migration:
 * the tool has to write one.
 */
export function modelNotice(changes: ChangedText[]): string | null {
  const found = changes.flatMap(({ path, before, after }) => {
    const tool = tools.find(
      (modelTool) => modelTool.path.test(path) && modelTool.schemaOf(before ?? '') !== modelTool.schemaOf(after ?? ''),
    )
    return tool ? [{ path, writes: tool.writes }] : []
  })
  const [first] = found
  if (!first) return null
  const more = found.length > 1 ? ` and ${found.length - 1} more` : ''
  const how = first.writes === null ? '' : `: \`${first.writes}\` writes one`
  return `The schema in ${first.path}${more} changes and no migration comes with it${how}.`
}

/** Models, enums and types without comments, each line without alignment. */
function prismaSchema(text: string): string {
  const bare = text.replace(/\/\/[^\n]*/g, '')
  return normalised([...bare.matchAll(/^\s*(?:model|enum|type|view)\s+\w+\s*\{[^}]*\}/gm)].map(([block]) => block))
}

/** The calls that declare tables, enums, schemas, views and sequences. */
function drizzleSchema(text: string): string {
  const bare = withoutComments(text)
  const calls =
    /\b(?:pgTable|pgTableCreator|pgEnum|pgSchema|pgView|pgMaterializedView|pgSequence|pgPolicy|pgRole|\w+\.(?:table|enum|view|sequence))\(/g
  return normalised([...bare.matchAll(calls)].map(({ index }) => balanced(bare, index)))
}

/** Fields of models, and the options of Meta that reach the database. */
function djangoSchema(text: string): string {
  const bare = text.replace(/#[^\n]*/g, '')
  const fields = [
    ...bare.matchAll(
      /^[ \t]+\w+\s*(?::[^=\n]+)?=\s*(?:[\w.]*\.)?\w*(?:Field|ForeignKey|OneToOneField|ManyToManyField)\(/gm,
    ),
  ]
  const options =
    /^[ \t]+(?:db_table|db_tablespace|unique_together|index_together|indexes|constraints|managed|abstract|proxy|order_with_respect_to)\s*=\s*/gm
  const words =
    /\b(?:help_text|verbose_name|validators|choices|editable|blank|error_messages)\s*=\s*(?:_?\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\]|"[^"]*"|'[^']*'|[\w.]+(?:\([^()]*\))?)\s*,?/g
  return normalised([
    ...[...bare.matchAll(/^class\s+\w+\([^)]*\)/gm)].map(([line]) => line),
    ...fields.map(({ index }) => balanced(bare, index).replace(words, '')),
    ...[...bare.matchAll(options)].map(({ index, 0: start }) => start + balanced(bare, index + start.length)),
  ])
}

/** Decorators of entities with the property that they stand on. */
function entitySchema(text: string): string {
  const bare = withoutComments(text)
  const decorators =
    /@(?:Entity|Column|PrimaryColumn|PrimaryGeneratedColumn|CreateDateColumn|UpdateDateColumn|DeleteDateColumn|VersionColumn|ManyToOne|OneToOne|OneToMany|ManyToMany|JoinColumn|JoinTable|Index|Unique|Check|Exclusion|Generated|ViewEntity|ViewColumn|Property|PrimaryKey|Enum|Tree\w*|ChildEntity|TableInheritance)\(/g
  return normalised(
    [...bare.matchAll(decorators)].map(({ index }) => {
      const call = balanced(bare, index)
      const property = /^\s*(?:(?:public|private|protected|readonly|declare)\s+)*\w+\s*[?!]?\s*:[^;\n=]*/.exec(
        bare.slice(index + call.length),
      )
      return call + (property?.[0] ?? '')
    }),
  )
}

/** From here to the bracket that closes the first one opened; to the end of the line when none is on it. */
function balanced(text: string, from: number): string {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? ''
    if (char === '"' || char === "'" || char === '`') {
      const end = text.indexOf(char, at + 1)
      if (end < 0) return text.slice(from)
      at = end
    } else if ('([{'.includes(char)) depth++
    else if (')]}'.includes(char) && --depth <= 0) return text.slice(from, at + 1)
    else if (char === '\n' && depth === 0) return text.slice(from, at)
  }
  return text.slice(from)
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/[^\n]*/g, '')
}

function normalised(parts: string[]): string {
  return parts
    .map((part) =>
      part
        .replace(/\s+/g, ' ')
        .replace(/ ?([(){}[\],:]) ?/g, '$1')
        .replace(/,([)}\]])/g, '$1')
        .trim(),
    )
    .join('\n')
}
