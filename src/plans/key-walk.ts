import { quoteName } from '../sql/quote.ts'
import { setting } from './triggers-left-out.ts'

/** Rows of one range, each range in a transaction of its own. */
const rangeRows = 5_000

/** A pause between two ranges, seconds, in which replicas and vacuum catch up. */
const pause = 0.02

/**
 * How long a range waits for a row that others hold: less than deadlock_timeout (1 s), so that the backfill is the one that
 * gives way, not a transaction of the application that takes the same rows in another order.
 */
const patience = '200ms'

/** The statements of one range of a backfill. */
export interface RangeWork {
  /** As FROM has it: `public.orders AS o`. */
  table: string
  /** The name that qualifies its columns: `o`. */
  alias: string
  /** The statement for the rows that `range` bounds. */
  write: (range: string) => string
  /** The rows that are locked before they are written, in the order of the key; `range` bounds them. */
  lock: (range: string, order: string) => string
  /** Run before all else; may raise. */
  before: string[]
  /** A table of one row that keeps how far the walk is: each range commits it, so that no row is written twice. */
  progress?: string
  /** The table's triggers do not fire, by the condition of triggers-left-out.ts. */
  silent?: boolean
  /** A condition that holds as long as a row is pending, with its FROM; null when one walk is complete by itself. */
  pending: { from: string; where: string } | null
}

/** A DO block that walks the key in ranges and commits after each; it ends by itself and may be run again. */
export function keyWalk(sqlName: string, key: string[], work: RangeWork): string {
  const columns = key.map((column) => `${work.alias}.${quoteName(column)}`)
  const row = (names: string[]): string => (names.length === 1 ? (names[0] ?? '') : `(${names.join(', ')})`)
  const variables = (prefix: string): string[] => key.map((_, i) => (key.length === 1 ? prefix : `${prefix}_${i + 1}`))
  const [low, high, last] = [variables('range_low'), variables('range_high'), variables('range_last')]
  const declared = [low, high, last].flatMap((names) =>
    names.map((name, i) => `  ${name} ${sqlName}.${quoteName(key[i] ?? '')}%TYPE;`),
  )
  const select = (into: string[], where: string, order: string, rest: string): string =>
    `SELECT ${columns.join(', ')} INTO ${into.join(', ')} FROM ${work.table}${where === '' ? '' : ` WHERE ${where}`} ORDER BY ${order}${rest} LIMIT 1;`
  const up = columns.join(', ')
  const down = columns.map((column) => `${column} DESC`).join(', ')
  const range = `${row(columns)} >= ${row(low)} AND ${row(columns)} <= ${row(high)}`
  const start =
    work.progress === undefined
      ? [select(last, '', down, ''), select(low, '', up, '')]
      : [
          `IF NOT EXISTS (SELECT FROM ${work.progress}) THEN`,
          `  INSERT INTO ${work.progress} (done, last) VALUES (NULL, (SELECT max(${up}) FROM ${work.table}));`,
          '  COMMIT;',
          'END IF;',
          `SELECT done, last INTO ${row(high)}, ${row(last)} FROM ${work.progress};`,
          select(low, `(${row(high)} IS NULL OR ${up} > ${row(high)}) AND ${up} <= ${row(last)}`, up, ''),
        ]
  const pass = [
    ...start,
    `WHILE ${row(low)} <= ${row(last)} LOOP`,
    `  ${select(high, `${row(columns)} >= ${row(low)} AND ${row(columns)} <= ${row(last)}`, up, ` OFFSET ${rangeRows - 1}`)}`,
    '  IF NOT FOUND THEN',
    ...high.map((name, i) => `    ${name} := ${last[i]};`),
    '  END IF;',
    ...indented(attempt(work, range, up)),
    `  ${select(low, `${row(columns)} > ${row(high)} AND ${row(columns)} <= ${row(last)}`, up, '')}`,
    'END LOOP;',
  ]
  return doBlock(declared, work, pass)
}

/** The block around one walk, with the count of what is pending and another walk while something is. */
export function doBlock(declared: string[], work: RangeWork, pass: string[]): string {
  const repeated =
    work.pending === null
      ? pass
      : [
          'FOR pass IN 1..20 LOOP',
          ...indented(pass),
          `  SELECT count(*) INTO pending FROM ${work.pending.from} WHERE ${work.pending.where};`,
          '  EXIT WHEN pending = 0;',
          'END LOOP;',
          'IF pending > 0 THEN',
          `  RAISE EXCEPTION '% rows are still pending: run this again', pending;`,
          'END IF;',
        ]
  return [
    'DO $backfill$',
    '#variable_conflict use_column',
    'DECLARE',
    ...declared,
    ...(work.pending === null ? [] : ['  pending bigint := 0;']),
    'BEGIN',
    ...indented(work.before),
    `  PERFORM set_config('lock_timeout', '${patience}', false);`,
    ...(work.silent ? [`  PERFORM set_config('${setting}', 'on', false);`] : []),
    ...indented(repeated),
    ...(work.silent ? [`  PERFORM set_config('${setting}', '', false);`] : []),
    `  PERFORM set_config('lock_timeout', '0', false);`,
    'END',
    '$backfill$;',
  ].join('\n')
}

/** Locks and writes one range, commits, pauses; a range that met a deadlock or a lock_timeout is tried again. */
export function attempt(work: RangeWork, range: string, order: string): string[] {
  return [
    'BEGIN',
    `  PERFORM 1 FROM ${work.lock(range, order)};`,
    `  ${work.write(range)};`,
    'EXCEPTION WHEN deadlock_detected OR lock_not_available THEN',
    '  PERFORM pg_sleep(0.2);',
    '  CONTINUE;',
    'END;',
    'COMMIT;',
    `PERFORM pg_sleep(${pause});`,
  ]
}

export function indented(lines: string[]): string[] {
  return lines.flatMap((text) => text.split('\n')).map((text) => `  ${text}`)
}
