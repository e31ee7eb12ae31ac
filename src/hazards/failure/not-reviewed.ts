import type { Policy } from '../../policy/policy.ts'
import { alternative } from '../alternatives/alternative.ts'
import { placeOf } from '../context/history-facts.ts'
import { defineHazard } from '../hazard.ts'

const before = 'CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);'

export const hazard = defineHazard({
  id: 'not-reviewed',
  group: 'failure',
  title: 'Nothing of the migration could be read',
  page: {
    what: 'The file is a migration by its path or its text, and no statement of it could be read: its tool is not read, it is no text, or two tools claim it.',
    why: 'A migration that was not read is not safe; the check would be green although anything may be in it.',
    instead:
      'Review the SQL that the tool sends (`lockcast review -` reads it, `--from-command` runs the command that prints it), name the tool in the policy (`migrations`), or have somebody who knows the tables look at it and override.',
    harmless:
      'When the file is no migration: list it under `not_migrations` in the policy. With `unread: notice` it is a low finding and does not fail the check.',
  },
  facts: [],
  sqlstates: [],
  source:
    'Lockcast’s own runners (docs/runners.md): the files that they do not read are recognised, never passed over.',
  detect: (context) =>
    context.unreviewed.map((migration) => ({
      step: placeOf(migration.path, migration),
      severity: severityOf(context.policy),
      relation: null,
      rows: null,
      reason: migration.unreadable ?? '',
    })),
  describe: ({ reason }) => ({
    message: `Not reviewed: ${reason}`,
    why: 'What it locks, changes or loses is not known; the other files are reviewed.',
    alternative: alternative(
      'Review the SQL that it sends, or list it under `not_migrations` in the policy when it is no migration.',
      [],
    ),
  }),
  examples: {
    bad: [
      {
        title: 'a migration in a language that is not read',
        before,
        runner: 'detected',
        migration: {
          'src/main/java/db/migration/V2__Fill_totals.java':
            'public class V2__Fill_totals extends BaseJavaMigration {\n  public void migrate(Context context) throws Exception {}\n}\n',
        },
        seen: 'runs',
      },
      {
        title: 'a changelog in XML',
        before,
        runner: 'detected',
        migration: {
          'db/changelog/002.xml':
            '<databaseChangeLog>\n  <changeSet id="2" author="ann"><dropColumn tableName="orders" columnName="total"/></changeSet>\n</databaseChangeLog>\n',
        },
        seen: 'runs',
      },
    ],
    good: [
      {
        title: 'the same as SQL',
        before,
        runner: 'flyway',
        migration: {
          'db/migration/V2__totals.sql': "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN currency text;",
        },
      },
      {
        title: 'the policy says that it is no migration',
        before,
        runner: 'detected',
        policy: "not_migrations: ['src/config/migrations/**']",
        migration: {
          'src/config/migrations/2.ts': 'export const up = (settings) => ({ ...settings, schema: 2 })\n',
          'migrations/3.sql': "SET lock_timeout = '3s';\nALTER TABLE orders ADD COLUMN note text;",
        },
      },
    ],
  },
})

/** Fails the check at every threshold that anything can fail. */
function severityOf({ unread, fail_on: threshold }: Policy) {
  if (unread === 'notice') return 'low' as const
  return threshold === 'critical' ? ('critical' as const) : ('high' as const)
}
