import type { CodeUse } from './code-uses.ts'
import { type CodeName, formsOf, tableForms, wordOf } from './named-in-code.ts'

/** Finds names in texts, all of them in one pass over each text. */
export interface Finder {
  /** Every spelling that a text must hold one of to hold a name: for a coarse look before. */
  forms: string[]
  /** Every line that names one of them. Of a part of a file: the number of its first line, and the text around it. */
  find(path: string, text: string, part?: { firstLine: number; around: string }): CodeUse[]
}

/** A finder of these names, to be used for many texts. */
export function finder(names: CodeName[]): Finder {
  const byForm = new Map<string, CodeName[]>()
  for (const name of names)
    for (const form of formsOf(wordOf(name))) byForm.set(form, [...(byForm.get(form) ?? []), name])
  // The longest first: an alternation takes the first that fits. Borders are looked at afterwards, which is faster.
  const forms = [...byForm.keys()].sort((a, b) => b.length - a.length)
  const any = new RegExp(forms.map(literal).join('|') || '(?!)', 'g')
  const tables = new Map(names.map(({ table }) => [table, wholeWord(tableForms(table))]))
  return {
    forms,
    find(path, text, part = { firstLine: 1, around: text }) {
      const uses: CodeUse[] = []
      const near = new Map<string, boolean>()
      let line = part.firstLine
      let counted = 0
      for (const { 0: form, index } of text.matchAll(any)) {
        if (isWordAt(text, index - 1) || isWordAt(text, index + form.length)) continue
        for (let at = text.indexOf('\n', counted); at >= 0 && at < index; at = text.indexOf('\n', counted)) {
          line++
          counted = at + 1
        }
        for (const name of byForm.get(form) ?? []) {
          if (uses.some((use) => use.name === name && use.line === line)) continue
          const { table, column } = name
          if (!near.has(table)) {
            const pattern = tables.get(table)
            near.set(table, pattern?.test(part.around) === true || pattern?.test(path) === true)
          }
          uses.push({ name, path, line, near: column === null || near.get(table) === true })
        }
      }
      return uses
    },
  }
}

/** Lines that a unified diff of one file takes away, as texts of one line with their number in the old file. */
export function removedLines(patch: string): { line: number; text: string }[] {
  const removed: { line: number; text: string }[] = []
  let line = 0
  for (const text of patch.split('\n')) {
    const hunk = /^@@ -(\d+)/.exec(text)
    if (hunk) line = Number(hunk[1])
    else if (text.startsWith('-')) removed.push({ line: line++, text: text.slice(1) })
    else if (!text.startsWith('+') && !text.startsWith('\\')) line++
  }
  return removed
}

/** Letters, digits and underscores make a word; `$region` is a variable named region. */
function isWordAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && /[\p{L}\p{N}_]/u.test(text.charAt(at))
}

function wholeWord(forms: string[]): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${forms.map(literal).join('|')})(?![\\p{L}\\p{N}])`, 'u')
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
