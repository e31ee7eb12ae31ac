import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anchor, hunksOf } from '../../../src/github/publish/hunks.ts'
import { commentableLines } from '../../support/github/anchors.ts'
import { changedFiles, commit, createGitStore } from '../../support/github/git.ts'

test('hunks of the right side, also of one line, of a new file, and where only lines were removed', () => {
  expect(hunksOf('@@ -0,0 +1,3 @@\n+a\n+b\n+c')).toEqual([{ from: 1, to: 3 }])
  expect(hunksOf('@@ -1 +1 @@\n-a\n+b\n@@ -9,2 +9,4 @@ function\n a\n+b\n+c\n d')).toEqual([
    { from: 1, to: 1 },
    { from: 9, to: 12 },
  ])
  expect(hunksOf('@@ -1,2 +0,0 @@\n-a\n-b')).toEqual([])
  expect(hunksOf(null)).toEqual([])
})

test('a comment stands on the part of its lines that lies in one hunk', () => {
  const hunks = [
    { from: 4, to: 8 },
    { from: 20, to: 22 },
  ]
  expect(anchor(hunks, 5, 6)).toEqual({ startLine: 5, line: 6 })
  expect(anchor(hunks, 5, 5)).toEqual({ startLine: null, line: 5 })
  expect(anchor(hunks, 2, 5)).toEqual({ startLine: 4, line: 5 })
  expect(anchor(hunks, 7, 21)).toEqual({ startLine: 7, line: 8 })
  expect(anchor(hunks, 10, 12)).toBeNull()
})

test('whatever was changed, an anchor is on lines of one hunk that GitHub would take', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '', '@@ -1 +1 @@', '+x', '-y'), { maxLength: 60 })
  fc.assert(
    fc.property(text, text, fc.nat(60), fc.nat(5), (before, after, line, length) => {
      const store = createGitStore()
      const base = commit(store, [], { 'a.sql': before.join('\n') }, 'base', 'dev')
      const head = commit(store, [base.sha], { 'a.sql': after.join('\n') }, 'head', 'dev')
      const patch = changedFiles(store, base.sha, head.sha)[0]?.patch ?? ''
      const place = anchor(hunksOf(patch), line, line + length)
      if (!place) return
      const shown = commentableLines(patch)
      expect(shown.get(place.line)).toBeDefined()
      expect(shown.get(place.startLine ?? place.line)).toBe(shown.get(place.line))
    }),
  )
})
