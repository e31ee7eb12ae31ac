import { styleText } from 'node:util'
import { bytesText, durationText, rowsText } from '../forecast/numbers.ts'
import type { ColumnFigures, Example, Figures } from '../hazards/example.ts'
import type { Hazard } from '../hazards/hazard.ts'
import type { Finding } from '../review/result.ts'
import { reviewExample } from '../review/run-example.ts'
import { runnerNamed } from '../runners/detection.ts'
import { insteadOf, stepsText } from './plan-text.ts'
import { type Look, wrapped } from './terminal-text.ts'

/** A hazard's page: prose, and each example with its findings. The parser must be loaded. */

type Block =
  | { kind: 'title' | 'heading' | 'paragraph' | 'quote'; text: string }
  | { kind: 'code'; text: string; label: string; language: 'sql' | '' }

/** `docs/hazards/<id>.md`. `lead` comes below the title. */
export function hazardMarkdown(hazard: Hazard, lead: string): string {
  const [title = '', ...rest] = blocksOf(hazard).map(markdownOf)
  return `${[title, lead, ...rest].join('\n\n')}\n`
}

/** The same for a terminal, wrapped at `width` columns. */
export function hazardText(hazard: Hazard, look: Look): string {
  return `${blocksOf(hazard)
    .map((block) => textOf(block, look))
    .join('\n\n')}\n`
}

function markdownOf(block: Block): string {
  switch (block.kind) {
    case 'title':
      return `# ${block.text}`
    case 'heading':
      return `## ${block.text}`
    case 'paragraph':
      return block.text
    case 'quote':
      return block.text.replace(/^/gm, '> ')
    case 'code':
      return `${block.label}:\n\n\`\`\`${block.language}\n${block.text}\n\`\`\``
  }
}

function textOf(block: Block, { colour, width }: Look): string {
  const styled = (style: 'bold' | 'dim', text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text
  switch (block.kind) {
    case 'title':
    case 'heading':
      return styled('bold', block.text)
    case 'paragraph':
      return linesWrapped(plain(block.text), width)
    case 'quote':
      return linesWrapped(plain(block.text), width - 2).replace(/^/gm, `${styled('dim', '│')} `)
    case 'code':
      return `${styled('dim', plain(block.label))}:\n${block.text.replace(/^(?=.)/gm, '    ')}`
  }
}

function blocksOf(hazard: Hazard): Block[] {
  const { id, group, title, page, sqlstates, facts, source, examples } = hazard
  const who = group === 'data loss' || group === 'compatibility' ? 'What fails then gets SQLSTATE' : 'The SQLSTATE is'
  const fails = sqlstates.length > 0 ? ` ${who} ${listed(sqlstates, 'or')}.` : ''
  const looksAt = facts.length > 0 ? listed(facts, 'and') : 'the text alone'
  return [
    { kind: 'title', text: id },
    { kind: 'paragraph', text: `**${title}.** ${page.what}${fails}` },
    { kind: 'paragraph', text: page.why },
    { kind: 'paragraph', text: `**What to do:** ${page.instead}` },
    { kind: 'paragraph', text: `**When it does not matter:** ${page.harmless}` },
    ...examples.bad.flatMap((example) => exampleBlocks('Bad', example, id)),
    ...examples.good.flatMap((example) => exampleBlocks('Good', example, id)),
    { kind: 'heading', text: 'How Lockcast knows' },
    { kind: 'paragraph', text: `${source} Group: ${group}. It looks at ${looksAt}.` },
  ]
}

function exampleBlocks(word: 'Bad' | 'Good', example: Example, id: string): Block[] {
  const { before, migration, base = {}, removes = [], code = {} } = example
  const files = typeof migration === 'string' ? { '': migration } : migration
  const found = word === 'Bad' ? reviewExample(example).findings.find((finding) => finding.hazard === id) : undefined
  return [
    { kind: 'heading', text: `${word}: ${example.title}` },
    before.trim() === ''
      ? { kind: 'paragraph', text: 'Given a database without tables.' }
      : codeBlock(`Given${sizesText(example)}`, before, 'sql'),
    ...Object.entries(base).map(([path, sql]) => codeBlock(`\`${path}\`, merged before`, sql, 'sql')),
    ...Object.entries(code).map(([path, text]) => codeBlock(`\`${path}\`, code of the application`, text, '')),
    ...Object.entries(files).map(([path, sql]) =>
      codeBlock(`${path === '' ? 'The migration' : `\`${path}\``}${runText(example)}`, sql, 'sql'),
    ),
    ...(removes.length > 0
      ? [
          {
            kind: 'paragraph',
            text: `The change removes ${listed(
              removes.map((path) => `\`${path}\``),
              'and',
            )}.`,
          } as const,
        ]
      : []),
    ...(found ? findingBlocks(found) : []),
  ]
}

function codeBlock(label: string, text: string, language: 'sql' | ''): Block {
  return { kind: 'code', text: text.trim(), label, language }
}

function findingBlocks(finding: Finding): Block[] {
  const { message, why, severity, alternative } = finding
  const words = insteadOf(finding)
  const instead = words === null ? '' : ` Instead: ${words}`
  const sql = alternative ? stepsText(alternative).map(({ text }) => text) : []
  return [
    { kind: 'quote', text: `**${severity}: ${message}**` },
    { kind: 'quote', text: `${why}${instead}` },
    ...(sql.length > 0 ? [codeBlock('Instead', sql.join('\n'), 'sql')] : []),
  ]
}

/** ` (`orders`: 80 M rows, 41 GB, 2 % of channel null)`. */
function sizesText({ tables = {}, traffic = {}, invalid = [], sequences = {}, unread = {} }: Example): string {
  const sizes = Object.entries(tables).map(([name, figures]) => `\`${name}\`: ${figuresText(figures)}`)
  for (const [name, { reads, writes, inserts, longest }] of Object.entries(traffic)) {
    const some = inserts === undefined ? '' : ` (${number(inserts)} of them inserts)`
    const report = longest === undefined ? '' : `, a transaction of ${durationText(longest * 1_000)} on it`
    sizes.push(`${number(reads)} reads and ${number(writes)} writes${some} of \`${name}\` a second${report}`)
  }
  for (const name of invalid) sizes.push(`\`${name}\` INVALID`)
  for (const [name, last] of Object.entries(sequences)) sizes.push(`\`${name}\` at ${number(last)}`)
  for (const [name, days] of Object.entries(unread)) sizes.push(`\`${name}\` not read for ${days} days`)
  return sizes.length > 0 ? `, in production with ${sizes.join('; ')}` : ''
}

function figuresText({ rows, bytes, columns }: Figures): string {
  if (rows === 0) return 'no rows'
  const size = [rows === null ? 'size unknown' : rowsText(rows), bytes === null ? null : bytesText(bytes)]
  const statistics = Object.entries(columns ?? {}).map(([name, { nulls, distinct, width, known }]) =>
    [
      nulls === undefined ? null : `${Number((nulls * 100).toPrecision(2))} % of ${name} null`,
      distinct === undefined ? null : `${name} has ${distinctText(distinct)}`,
      width === undefined ? null : `${name} ${width} bytes wide`,
      known === undefined ? null : `${name} has values ${knownText(known)}`,
    ]
      .filter((item) => item !== null)
      .join(', '),
  )
  const none = columns === null && rows !== null ? ['no statistics'] : []
  return [...size.filter((item) => item !== null), ...statistics, ...none].join(', ')
}

function knownText({ characters, digits, integer, not }: NonNullable<ColumnFigures['known']>): string {
  const parts = [
    characters ? `of up to ${characters} characters` : null,
    digits ? `of up to ${digits} digits` : null,
    integer ? `that take ${integer}` : null,
    not && not.length > 0 ? `that are no ${listed(not, 'or')}` : null,
  ]
  return parts.filter((part) => part !== null).join(', ')
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

function distinctText(distinct: number): string {
  if (distinct >= 0) return `${number(distinct)} values`
  return distinct === -1 ? 'a value for each row' : `${Number((-distinct * 100).toPrecision(3))} values for 100 rows`
}

function runText({ runner, transaction, policy }: Example): string {
  const how = runner
    ? ` as ${runnerNamed(runner)?.title ?? runner} runs it`
    : transaction === 'none'
      ? ', each statement on its own'
      : ''
  return policy ? `${how}, with the policy \`${policy.trim().replace(/\s*\n\s*/g, ' ')}\`` : how
}

function listed(words: readonly string[], last: 'and' | 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

/** Markdown without its changes. */
function plain(text: string): string {
  return text.replaceAll('**', '')
}

function linesWrapped(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => wrapped(line, width))
    .join('\n')
}
