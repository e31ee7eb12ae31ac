import { folderOf } from '../../runners/sql-file.ts'
import type { FileChange } from '../piece.ts'
import { type SqlTool, unmarked } from './sql-tool.ts'

/** Sqitch: a change is a line of the plan, and its scripts open their transactions by themselves. */
export const sqitchFiles: SqlTool = {
  ...unmarked,
  runners: ['sqitch'],
  oneQuery: false,
  ownTransaction: true,
  name(path) {
    const [, before = '', after = ''] = /^(.*\/deploy\/|deploy\/)(.*\.sql)$/.exec(path) ?? []
    return after === '' ? null : { before, version: null, after }
  },
  downPath: (path) => path.replace(/(^|\/)deploy\/(?!.*\/deploy\/)/, '$1revert/'),
  beside(made, original, project) {
    const others = made.slice(1)
    if (others.length === 0) return []
    const path = planFile(original.path, project.paths)
    const text = path === null ? null : project.text(path)
    if (path === null || text === null) return { problem: 'its sqitch.plan cannot be read' }
    const lines = text.split('\n')
    const name = changeOf(original.path)
    const at = lines.findLastIndex((line) => line.startsWith(`${name} `) || line === name)
    const line = lines[at]
    if (line === undefined) return { problem: `${path} does not name \`${name}\`: Sqitch does not run it` }
    // A line is `name [requires] time planner`.
    const [, time = '', planner = ''] = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)(.*)$/.exec(line) ?? []
    const added = others.map((file, i) => {
      const requires = i === 0 ? name : changeOf(others[i - 1]?.path ?? '')
      const moment = time === '' ? '' : ` ${new Date(Date.parse(time) + (i + 1) * 1_000).toISOString().slice(0, 19)}Z`
      return `${changeOf(file.path)} [${requires}]${moment}${planner.replace(/#.*$/, '').trimEnd()}`
    })
    const changes: FileChange[] = [
      { path, before: text, text: [...lines.slice(0, at + 1), ...added, ...lines.slice(at + 1)].join('\n') },
    ]
    return changes
  },
}

function changeOf(path: string): string {
  return path.replace(/^(?:.*\/)?deploy\//, '').replace(/\.sql$/, '')
}

/** The plan of the folder that holds `deploy/`, or of one above it. */
function planFile(path: string, paths: ReadonlySet<string>): string | null {
  let folder = folderOf(path).replace(/(?:^|\/)deploy(?:\/.*)?$/, '')
  for (;;) {
    const plan = folder === '' ? 'sqitch.plan' : `${folder}/sqitch.plan`
    if (paths.has(plan)) return plan
    if (folder === '') return null
    folder = folderOf(folder)
  }
}
