/** Writes docs/parsers.md: where pgsql-ast-parser agrees with our reading of SQL, where not, and what it cannot parse. */
import { writeFileSync } from 'node:fs'
import { loadParser } from '../src/sql/parse.ts'
import { compareAll } from '../test/sql/second-opinion/compare.ts'
import { parsersPage } from '../test/sql/second-opinion/table.ts'

await loadParser()
writeFileSync(new URL('../docs/parsers.md', import.meta.url), parsersPage(compareAll()))
