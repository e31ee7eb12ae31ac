import { basename, dirname, extname, join, resolve } from 'node:path/posix'
import { hostOf, runTime } from './globals.ts'
import { itemsOf } from './javascript-statements.ts'
import {
  absent,
  asText,
  boolean,
  type Host,
  list,
  native,
  nothing,
  text,
  unknown,
  type Value,
} from './javascript-values.ts'
import type { Machine } from './machine.ts'
import { eachText } from './methods.ts'

/** Models of Node's own modules and of callback helpers, as far as migrations use them; null for another package. */
export function builtInPackage(machine: Machine, name: string, textAt: (path: string) => string | null): Value | null {
  switch (name.replace(/^node:/, '')) {
    case 'path':
    case 'path/posix':
      return pathModule()
    case 'fs':
    case 'fs/promises':
    case 'fs-extra':
      return fileModule(machine, textAt)
    case 'url':
      return hostOf('url', {
        fileURLToPath: ([value = absent]) => eachText(value, (url) => text(url.replace(/^file:\/\//, ''))),
      })
    case 'util':
      return hostOf('util', {
        promisify: ([fn = absent]) => promisified(machine, fn),
        format: () => runTime('util.format()'),
      })
    case 'async':
      return asyncModule(machine)
    case 'bluebird':
      return bluebird(machine)
    case 'child_process':
      return childProcess(machine)
    case 'crypto':
    case 'uuid':
      return unknown(`\`${name}\` makes values only when the code runs`)
    case 'dotenv':
      return hostOf('dotenv', { config: () => absent })
    default:
      return null
  }
}

function pathModule(): Host {
  const pathOf =
    (make: (parts: string[]) => string) =>
    (args: Value[]): Value => {
      const parts: string[] = []
      for (const argument of args) {
        const part = asText(argument)
        if (part.kind === 'unknown') return part
        if (part.holes[0]) return part.holes[0]
        parts.push(part.value)
      }
      return text(make(parts))
    }
  return hostOf('path', {
    join: pathOf((parts) => join(...parts)),
    resolve: pathOf((parts) => resolve('/', ...parts).slice(1)),
    dirname: pathOf(([path = '']) => dirname(path)),
    basename: pathOf(([path = '', suffix]) => basename(path, suffix)),
    extname: pathOf(([path = '']) => extname(path)),
    sep: text('/'),
  })
}

function fileModule(machine: Machine, textAt: (path: string) => string | null): Host {
  const contentOf = (path: Value): Value =>
    eachText(path, (given) => {
      const content = textAt(join(given))
      return content === null ? unknown(`it reads the file ${given}, which is not in this repository`) : text(content)
    })
  const read = ([path = absent, ...rest]: Value[]): Value => {
    const content = contentOf(path)
    const callback = rest.at(-1)
    const isCalled = callback?.kind === 'closure' || (callback?.kind === 'host' && callback.call)
    return isCalled && callback ? machine.settle(machine.call(callback, [nothing, content])) : content
  }
  const host = hostOf('fs', {
    readFileSync: ([path = absent]) => contentOf(path),
    readFile: read,
    existsSync: ([path = absent]) => eachText(path, (given) => boolean(textAt(join(given)) !== null)),
    readdirSync: () => unknown('it lists a folder'),
  })
  return { ...host, get: (key) => (key === 'promises' ? host : (host.get?.(key) ?? null)) }
}

/** A function with a callback as its last argument, as one that gives its result. */
function promisified(machine: Machine, fn: Value): Value {
  return native('a promisified function', (args, self) => {
    let result: Value = absent
    const done = native('callback', ([, value = absent]) => {
      result = value
      return absent
    })
    const returned = machine.call(fn, [...args, done], self)
    return result.kind === 'undefined' ? machine.settle(returned) : result
  })
}

/** caolan/async: tasks that take a callback, one after another. */
function asyncModule(machine: Machine): Host {
  const done = native('callback', () => absent)
  const finish = (callback: Value | undefined): Value =>
    callback ? machine.settle(machine.call(callback, [nothing])) : absent
  const series = ([tasks = absent, callback]: Value[]): Value => {
    const all = tasks.kind === 'fields' ? [...tasks.fields.values()] : itemsOf(tasks).items
    for (const task of all) machine.settle(machine.call(task, [done]))
    const open = tasks.kind === 'list' ? tasks.open : tasks.kind === 'unknown' ? tasks : null
    if (open) machine.lost(open, [], list([...all]))
    return finish(callback)
  }
  const eachSeries = ([items = absent, fn = absent, callback]: Value[]): Value => {
    const { items: all, open } = itemsOf(items)
    for (const item of all) machine.settle(machine.call(fn, [item, done]))
    if (open) machine.lost(open, [fn], absent)
    return finish(callback)
  }
  const waterfall = ([tasks = absent, callback]: Value[]): Value => {
    let results: Value[] = []
    for (const task of itemsOf(tasks).items) {
      const next = native('callback', ([, ...values]) => {
        results = values
        return absent
      })
      const given = results
      results = []
      machine.settle(machine.call(task, [...given, next]))
    }
    return finish(callback)
  }
  return hostOf('async', {
    series,
    parallel: series,
    waterfall,
    eachSeries,
    each: eachSeries,
    forEach: eachSeries,
    mapSeries: eachSeries,
    map: eachSeries,
  })
}

/** bluebird: promises with loops of its own. */
function bluebird(machine: Machine): Host {
  const promise = machine.globals.get('Promise')
  const loop = ([items = absent, fn = absent]: Value[]): Value => {
    const { items: all, open } = itemsOf(items)
    const made = all.map((item) => machine.settle(machine.call(fn, [item])))
    if (open) machine.lost(open, [fn], absent)
    return list(made, open)
  }
  const more: Record<string, (args: Value[]) => Value> = {
    map: loop,
    mapSeries: loop,
    each: loop,
    promisify: ([fn = absent]) => promisified(machine, fn),
    try: ([fn = absent]) => machine.settle(machine.call(fn, [])),
  }
  if (promise?.kind !== 'host') return hostOf('bluebird', more)
  return {
    ...promise,
    get: (key) => (Object.hasOwn(more, key) ? native(key, more[key]!) : (promise.get?.(key) ?? null)),
  }
}

/** Another program may do anything: said where it is called. */
function childProcess(machine: Machine): Host {
  return {
    kind: 'host',
    name: 'child_process',
    sends: false,
    get: (key) =>
      native(key, () => {
        machine.onLost(`it runs another program by \`${key}()\``)
        return unknown(`\`${key}()\` runs another program`)
      }),
  }
}
