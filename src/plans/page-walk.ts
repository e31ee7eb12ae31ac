import { attempt, doBlock, indented, type RangeWork } from './key-walk.ts'
import { literal } from './names.ts'

/** Pages of one range: some 5,000 rows of usual width. */
const rangePages = 64

/** Row pointers that a page of 8 kB holds at most (MaxHeapTuplesPerPage). */
const mostRows = 291

/**
 * A DO block that walks a table without a key page by page and commits after each range. A row that is updated meanwhile
 * moves to another page, so what is pending is counted at the end, and the walk begins again while something is. `write` must
 * leave out rows that have their new values, or it would write what it moved itself again.
 */
export function pageWalk(sqlName: string, rangesAreRead: boolean, work: RangeWork): string {
  const place = `${work.alias}.ctid`
  const range = rangesAreRead
    ? `${place} >= format('(%s,0)', page)::tid AND ${place} < format('(%s,0)', page + ${rangePages})::tid`
    : // Before 14 a range of ctid reads the whole table.
      `${place} = ANY (places)`
  const pass = [
    'page := 0;',
    // New row versions go to pages behind these: the next walk counts the pending ones there.
    `pages := pg_relation_size(${literal(sqlName)}::regclass) / current_setting('block_size')::bigint;`,
    'WHILE page < pages LOOP',
    ...(rangesAreRead
      ? []
      : [
          `  places := ARRAY(SELECT format('(%s,%s)', number, item)::tid FROM generate_series(page, page + ${rangePages - 1}) AS number, generate_series(1, ${mostRows}) AS item);`,
        ]),
    ...indented(attempt(work, range, place)),
    `  page := page + ${rangePages};`,
    'END LOOP;',
  ]
  return doBlock(['  page bigint;', '  pages bigint;', ...(rangesAreRead ? [] : ['  places tid[];'])], work, pass)
}
