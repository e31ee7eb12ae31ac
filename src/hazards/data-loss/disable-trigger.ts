import { quoteRelation } from '../../sql/quote.ts'
import { alternative, own, same } from '../alternatives/alternative.ts'
import type { ReviewContext, Step } from '../context/review-context.ts'
import { changesOf } from '../context/schema-changes.ts'
import { subcommands } from '../context/statements-of-kind.ts'
import { medium } from '../example.ts'
import { defineHazard, type Wording } from '../hazard.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE notes (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);
INSERT INTO orders VALUES (1);`

export const hazard = defineHazard({
  id: 'disable-trigger',
  group: 'data loss',
  title: 'Triggers are disabled and not enabled again',
  page: {
    what: 'DISABLE TRIGGER lasts beyond the migration; ALL also disables the triggers behind foreign keys. `session_replication_role = replica` fires only those that are ENABLE ALWAYS or REPLICA, for the rest of the session, in which the migration tool may run its next files.',
    why: 'From then on audit rows are missing and foreign keys check nothing. Enabling them again checks no row that came in meanwhile.',
    instead: 'ENABLE TRIGGER in the same transaction, behind the work it was disabled for.',
    harmless:
      'When the same change enables them again, the setting is for the transaction alone (SET LOCAL), or the table is new.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source:
    'EnableDisableTrigger in src/backend/commands/trigger.c sets pg_trigger.tgenabled, which stays; TriggerEnabled there asks SessionReplicationRole.',
  detect: (context) => {
    const enabled = subcommands(context, ...enabling)
    const disabled = subcommands(context, 'AT_DisableTrig', 'AT_DisableTrigAll', 'AT_DisableTrigUser')
    const ofTables = disabled.flatMap(({ step, at, command }) => {
      const relation = step.effects[0]?.effect.relation
      if (!relation || relation.isNew) return []
      const again = enabled.some(
        (later) =>
          later.at >= at &&
          later.step.effects[0]?.effect.relation.id === relation.id &&
          (later.command.name === undefined || later.command.name === command.name),
      )
      if (again) return []
      const all = command.subtype === 'AT_DisableTrigAll'
      return [{ step, severity: 'medium' as const, relation, rows: relation.size.rows, disabled: command, all }]
    })
    const ofSession = leftAsReplica(context).map((step) => ({
      step,
      severity: 'medium' as const,
      relation: null,
      rows: null,
    }))
    return [...ofTables, ...ofSession]
  },
  describe(found) {
    if (found.relation === null) return forTheSession(found.step)
    const { step, relation, disabled, all } = found
    const [table, what] = [quoteRelation(relation), disabled.name ?? (all ? 'ALL' : 'USER')]
    return {
      message: `Leaves ${disabled.name ? `trigger \`${what}\`` : `${what === 'ALL' ? 'all triggers' : 'all user triggers'}`} of \`${table}\` disabled`,
      why: `It lasts beyond the migration${all ? ', and the foreign keys of the table check nothing meanwhile' : ''}. Enabling again checks no row that came in.`,
      alternative: alternative('Enable it again behind the work, in the same transaction.', [
        own(1, `${step.statement.sql};`),
        same(1, `ALTER TABLE ${table} ENABLE TRIGGER ${what};`),
      ]),
    }
  },
  examples: {
    bad: [
      {
        title: 'all triggers, with those of foreign keys',
        before,
        tables: { notes: medium },
        migration: "SET lock_timeout = '3s';\nALTER TABLE notes DISABLE TRIGGER ALL;",
        seen: 'admits',
        application: 'INSERT INTO notes VALUES (1, 99)',
      },
      {
        title: 'one trigger',
        before: `CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE TRIGGER guard BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION refuse();`,
        tables: { orders: medium },
        migration: "SET lock_timeout = '3s';\nALTER TABLE orders DISABLE TRIGGER guard;",
        seen: 'admits',
        application: 'INSERT INTO orders VALUES (1)',
      },
    ],
    good: [
      {
        title: 'enabled again',
        before,
        tables: { notes: medium },
        migration: `SET lock_timeout = '3s';
ALTER TABLE notes DISABLE TRIGGER ALL;
INSERT INTO notes VALUES (1, 1);
ALTER TABLE notes ENABLE TRIGGER ALL;`,
      },
      {
        title: 'a table that is new',
        before,
        migration: 'CREATE TABLE drafts (id bigint PRIMARY KEY);\nALTER TABLE drafts DISABLE TRIGGER ALL;',
      },
    ],
  },
})

/** `session_replication_role = replica` for the session, and not set back in the same file. */
function leftAsReplica(context: ReviewContext): Step[] {
  const sets = changesOf(context, 'sets')
  return sets.flatMap(({ step, at, change }) => {
    if (change.setting !== 'session_replication_role' || change.value?.toLowerCase() !== 'replica' || change.local)
      return []
    const back = sets.some(
      (later) => later.at > at && later.step.migration === step.migration && isSetBack(later.change, change.setting),
    )
    return back ? [] : [step]
  })
}

/** RESET ALL names no setting. */
function isSetBack({ setting, value }: { setting: string; value: string | null }, wanted: string): boolean {
  return (setting === wanted || setting === '') && value?.toLowerCase() !== 'replica'
}

function forTheSession({ transaction, statement }: Step): Wording {
  const steps = transaction
    ? [same(1, 'SET LOCAL session_replication_role = replica;')]
    : [same(1, `${statement.sql};`), same(1, 'RESET session_replication_role;')]
  return {
    message: 'Leaves triggers and foreign keys without effect for the rest of the session',
    why: 'What is written meanwhile passes no trigger and no foreign key, also in the files that the migration tool runs next in this session; nothing checks those rows later.',
    alternative: alternative(transaction ? 'Set it for the transaction alone.' : 'Set it back behind the work.', steps),
  }
}

const enabling = [
  'AT_EnableTrig',
  'AT_EnableTrigAll',
  'AT_EnableTrigUser',
  'AT_EnableAlwaysTrig',
  'AT_EnableReplicaTrig',
] as const
