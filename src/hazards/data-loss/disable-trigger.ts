import { quoteRelation } from '../../sql/quote.ts'
import { alternative, own, same } from '../alternatives/alternative.ts'
import { medium } from '../example.ts'
import { defineHazard } from '../hazard.ts'
import { subcommands } from '../scene/written.ts'

const before = `CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE notes (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);
INSERT INTO orders VALUES (1);`

export const hazard = defineHazard({
  id: 'disable-trigger',
  group: 'data loss',
  title: 'Triggers are disabled and not enabled again',
  page: {
    what: 'DISABLE TRIGGER lasts beyond the migration; ALL also disables the triggers behind foreign keys.',
    why: 'From then on audit rows are missing and foreign keys check nothing. Enabling them again checks no row that came in meanwhile.',
    instead: 'ENABLE TRIGGER in the same transaction, behind the work it was disabled for.',
    harmless: 'When the same change enables them again, or the table is new.',
  },
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source: 'EnableDisableTrigger in src/backend/commands/trigger.c sets pg_trigger.tgenabled, which stays.',
  detect: (scene) => {
    const enabled = subcommands(scene, ...enabling)
    const disabled = subcommands(scene, 'AT_DisableTrig', 'AT_DisableTrigAll', 'AT_DisableTrigUser')
    return disabled.flatMap(({ step, at, command }) => {
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
  },
  tell({ step, relation, disabled, all }) {
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

const enabling = [
  'AT_EnableTrig',
  'AT_EnableTrigAll',
  'AT_EnableTrigUser',
  'AT_EnableAlwaysTrig',
  'AT_EnableReplicaTrig',
] as const
