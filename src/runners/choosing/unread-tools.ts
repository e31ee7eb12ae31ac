/** A migration tool, or a form of its files, that Lockcast knows and does not read. */
interface UnreadTool {
  title: string
  /** Whole paths that are its own wherever their text says nothing; null when only the text tells. */
  path: RegExp | null
  /** Text that only its files carry. */
  marker: RegExp
  /** The marker decides outside folders for migrations too; else it also occurs in code that only calls the tool. */
  everywhere: boolean
  /** The command that prints the SQL it would send; null when there is none. */
  prints: string | null
}

/**
 * Tools whose files are recognised so that a change of them never passes unseen. The markers are the base class, the
 * registering call or the root element that the tool's own documentation prescribes.
 */
const tools: readonly UnreadTool[] = [
  {
    title: 'Flyway Java',
    path: /(^|\/)[VURB]\d*[\d._]*__\w+\.(?:java|kts?|groovy|scala)$/,
    marker: /\b(?:extends|implements|:)\s*(?:BaseJavaMigration|JavaMigration)\b/,
    everywhere: true,
    prints: null,
  },
  {
    title: 'Liquibase XML, YAML or JSON',
    path: null,
    marker: /<databaseChangeLog\b|^\s*databaseChangeLog\s*:|"databaseChangeLog"\s*:|\bdatabaseChangeLog\s*\{/m,
    everywhere: true,
    prints: 'liquibase update-sql',
  },
  {
    title: 'EF Core',
    path: null,
    marker: /:\s*(?:\w+\.)*Migration\b[\s\S]*\bMigrationBuilder\b/,
    everywhere: true,
    prints: 'dotnet ef migrations script --idempotent',
  },
  { title: 'FluentMigrator', path: null, marker: /\[(?:\w+)?Migration\(/, everywhere: true, prints: null },
  {
    title: 'Laravel',
    path: /(^|\/)database\/migrations\/[^/]+\.php$/,
    marker: /\bIlluminate\\Database\\Migrations\\Migration\b/,
    everywhere: true,
    prints: 'php artisan migrate --pretend',
  },
  {
    title: 'Doctrine Migrations',
    path: null,
    marker: /\bDoctrine\\(?:DBAL\\)?Migrations\\AbstractMigration\b/,
    everywhere: true,
    prints: 'php bin/console doctrine:migrations:migrate --write-sql',
  },
  {
    title: 'Phinx',
    path: null,
    marker: /\bPhinx\\Migration\\AbstractMigration\b/,
    everywhere: true,
    prints: 'phinx migrate --dry-run',
  },
  {
    title: 'CakePHP Migrations',
    path: null,
    marker: /\bMigrations\\(?:AbstractMigration|BaseMigration)\b/,
    everywhere: true,
    prints: 'bin/cake migrations migrate --dry-run',
  },
  {
    title: 'Yii',
    path: null,
    marker: /\byii\\db\\Migration\b|extends\s+CDbMigration\b/,
    everywhere: true,
    prints: null,
  },
  {
    title: 'goose in Go',
    path: null,
    marker: /\bgoose\.Add(?:Named)?Migration(?:NoTx)?(?:Context|NoTxContext)?\(/,
    everywhere: true,
    prints: null,
  },
  { title: 'gormigrate', path: null, marker: /\bgormigrate\.Migration\b/, everywhere: true, prints: null },
  {
    title: 'Bun',
    path: null,
    marker: /\bMigrations\.MustRegister\(|\bmigrate\.NewMigrations\(/,
    everywhere: false,
    prints: null,
  },
  {
    title: 'go-pg migrations',
    path: null,
    marker: /\bmigrations\.(?:Must)?Register(?:Tx)?\(/,
    everywhere: false,
    prints: null,
  },
  { title: 'SeaORM', path: null, marker: /\bimpl\s+MigrationTrait\s+for\b/, everywhere: true, prints: null },
  { title: 'Exposed', path: null, marker: /\bMigrationUtils\.\w+|\bSchemaUtils\.\w+/, everywhere: false, prints: null },
  {
    title: 'Sequel',
    path: null,
    marker: /\bSequel\.migration\b|\bROM::SQL\.migration\b/,
    everywhere: true,
    prints: null,
  },
  { title: 'Play evolutions', path: null, marker: /^\s*(?:--|#)\s*-*\s*!Ups\b/m, everywhere: true, prints: null },
  {
    title: 'pgroll',
    path: null,
    marker:
      /^\s*-?\s*"?(?:create_table|alter_column|add_column|drop_column|create_index|rename_column|create_constraint|drop_table|set_replica_identity)"?\s*:\s*(?:\{|$)/m,
    everywhere: false,
    prints: null,
  },
  { title: 'Reshape', path: null, marker: /^\s*\[\[actions\]\]/m, everywhere: false, prints: null },
  {
    title: 'pop in Fizz',
    path: /\.(?:up|down)\.fizz$/,
    marker: /^\s*(?:create_table|add_column|drop_column|add_index|sql)\("/m,
    everywhere: true,
    prints: null,
  },
  { title: 'migratus or Ragtime', path: null, marker: /^\s*\{?\s*:(?:up|ns)\s/m, everywhere: false, prints: null },
]

/** The tool that runs this file and is not read, by its text or its path; null for none that is known. */
export function unreadTool(path: string, text: string | null): UnreadTool | null {
  return (
    tools.find(({ marker }) => text !== null && marker.test(text)) ??
    tools.find((tool) => tool.path?.test(path)) ??
    null
  )
}

/** True where path or text show a tool's migration wherever the file lies. */
export function isUnreadAnywhere(path: string, text: string | null): boolean {
  return tools.some(
    (tool) => tool.path?.test(path) === true || (tool.everywhere && text !== null && tool.marker.test(text)),
  )
}

/** True for a changelog of Liquibase that only lists other files: it has no changeset to review. */
export function onlyIncludes(path: string, text: string): boolean {
  return /\.(?:xml|ya?ml|json)$/i.test(path) && /databaseChangeLog/.test(text) && !/\bchangeSet\b/.test(text)
}

/** Why the file is not reviewed and what to do, as a sentence without a full stop. */
export function notReadReason(path: string, text: string | null): string {
  const tool = unreadTool(path, text)
  const who = tool ? `migrations of ${tool.title} are not read` : 'no migration tool that Lockcast reads runs it'
  const how = tool?.prints
    ? `review the SQL that it sends: lockcast review --from-command '${tool.prints}'`
    : 'review the SQL that it sends (lockcast review - reads it), or have somebody who knows the tables look at it'
  return `${who}; ${how}`
}
