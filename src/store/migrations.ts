import type pg from 'pg'
import { StoreError } from './store-error.ts'

/**
 * The store's own tables, beside those of graphile-worker. A step is never edited once it is released: what changes is a
 * new step at the end.
 */
const steps: string[] = [
  `
  -- Events that were taken, by GitHub's id: what GitHub's log of deliveries has and this has not was missed.
  CREATE TABLE lockcast.deliveries (
    guid text PRIMARY KEY,
    event text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX ON lockcast.deliveries (received_at);

  -- Signed label events. A label can be renamed by whoever may write, so only these say who set which name.
  CREATE TABLE lockcast.label_events (
    guid text PRIMARY KEY,
    repository text NOT NULL,
    number integer NOT NULL,
    action text NOT NULL,
    label text NOT NULL,
    actor text NOT NULL,
    -- When it was received, not when it happened: of a repeated delivery the first time.
    received_at timestamptz NOT NULL DEFAULT now(),
    -- Id of the event in the timeline that it confirmed: it confirms no second one.
    confirms bigint
  );
  CREATE INDEX ON lockcast.label_events (repository, number);

  -- Signed comments and reviews with a reason, as they were created.
  CREATE TABLE lockcast.reasons (
    guid text PRIMARY KEY,
    repository text NOT NULL,
    number integer NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    written_at timestamptz NOT NULL
  );
  CREATE INDEX ON lockcast.reasons (repository, number);

  CREATE TABLE lockcast.pulls (
    repository text NOT NULL,
    number integer NOT NULL,
    installation_id bigint NOT NULL,
    open boolean NOT NULL,
    head text NOT NULL,
    base text NOT NULL,
    -- When GitHub changed it last, by its clock: an older event changes nothing.
    changed_at timestamptz NOT NULL,
    -- The state that the last verdict was made for, and the verdict; null before the first.
    verdict jsonb,
    PRIMARY KEY (repository, number)
  );
  CREATE INDEX ON lockcast.pulls (repository, head) WHERE open;

  -- The newest check of a commit.
  CREATE TABLE lockcast.heads (
    repository text NOT NULL,
    sha text NOT NULL,
    check_run jsonb NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (repository, sha)
  );
  CREATE INDEX ON lockcast.heads (written_at);

  -- Per pull request and head: the findings shown and the decisions on override labels.
  CREATE TABLE lockcast.pull_records (
    repository text NOT NULL,
    number integer NOT NULL,
    head text NOT NULL,
    record jsonb NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (repository, number, head)
  );

  -- Comments that a review asks for and that are written after the verdicts.
  CREATE TABLE lockcast.comments (
    repository text NOT NULL,
    number integer NOT NULL,
    wanted jsonb NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (repository, number)
  );

  -- Single values: keys of installations, how far GitHub's log of deliveries was compared.
  CREATE TABLE lockcast.values (
    name text PRIMARY KEY,
    value jsonb NOT NULL
  );

  -- Changes that could not be reviewed within the limits, by their blobs: neither retry nor restart takes them up again.
  CREATE TABLE lockcast.poisoned (
    blobs text PRIMARY KEY,
    reason text NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now()
  );

  -- Processes that work here; each holds an advisory lock of its id while it lives.
  CREATE TABLE lockcast.processes (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workers text[] NOT NULL DEFAULT '{}',
    works boolean NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now()
  );
  `,
  `
  -- When the pull request had changed by GitHub's clock as the event was sent: signed events are put in order by it.
  ALTER TABLE lockcast.label_events ADD COLUMN changed_at timestamptz;

  -- Fingerprints are sealed with a key of the installation since: those before fit none of now.
  DELETE FROM lockcast.pull_records;
  DELETE FROM lockcast.comments;
  `,
]

/** Brings the tables up to date, one process at a time. Throws a {@link StoreError} when a newer Lockcast made them. */
export async function migrate(client: pg.ClientBase): Promise<void> {
  await client.query('BEGIN')
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended('lockcast migrations', 0))")
  await client.query('CREATE SCHEMA IF NOT EXISTS lockcast')
  await client.query('CREATE TABLE IF NOT EXISTS lockcast.migrations (step integer PRIMARY KEY)')
  const { rows } = await client.query<{ done: number }>(
    'SELECT coalesce(max(step), 0)::integer AS done FROM lockcast.migrations',
  )
  const done = rows[0]?.done ?? 0
  if (done > steps.length) {
    await client.query('ROLLBACK')
    throw new StoreError(
      `The store has the tables of a newer Lockcast (step ${done}, this version knows ${steps.length}). Run that version or a newer one.`,
    )
  }
  for (const [at, step] of steps.entries()) {
    if (at < done) continue
    await client.query(step)
    await client.query('INSERT INTO lockcast.migrations VALUES ($1)', [at + 1])
  }
  await client.query('COMMIT')
}
