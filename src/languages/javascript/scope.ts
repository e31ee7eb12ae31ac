import { either, type Value } from './javascript-values.ts'

/** A variable. An import is resolved when it is looked at: files may import each other. */
interface Binding {
  value: Value
  resolve?: () => Value
}

/** The names of a block, function or file, and those around it. */
export class Scope {
  readonly #names = new Map<string, Binding>()
  readonly outer: Scope | null
  /** The file whose code this is. */
  readonly file: string
  /** `this` of the function; null in a block. */
  readonly self: Value | null

  constructor(outer: Scope | null, file: string, self: Value | null = null) {
    this.outer = outer
    this.file = file
    this.self = self
  }

  inner(self: Value | null = null): Scope {
    return new Scope(this, this.file, self)
  }

  declare(name: string, value: Value): void {
    this.#names.set(name, { value })
  }

  declareImport(name: string, resolve: () => Value): void {
    this.#names.set(name, { value: { kind: 'undefined' }, resolve })
  }

  find(name: string): Binding | null {
    for (let scope: Scope | null = this; scope; scope = scope.outer) {
      const binding = scope.#names.get(name)
      if (binding) return binding
    }
    return null
  }

  get this(): Value {
    for (let scope: Scope | null = this; scope; scope = scope.outer) if (scope.self) return scope.self
    return { kind: 'undefined' }
  }
}

/** Remembers what branches write, so that what only one of them wrote is known to be one of two values. */
export class Journal {
  #writes: Map<Binding, Value> | null = null

  write(binding: Binding, value: Value): void {
    if (this.#writes && !this.#writes.has(binding)) this.#writes.set(binding, binding.value)
    binding.value = value
  }

  /** Runs branches of which one is taken; variables that they write hold one of the values afterwards. */
  branches<T>(runs: (() => T)[]): T[] {
    const outer = this.#writes
    const finals: Map<Binding, Value>[] = []
    const before = new Map<Binding, Value>()
    const results = runs.map((run) => {
      const writes = new Map<Binding, Value>()
      this.#writes = writes
      try {
        return run()
      } finally {
        this.#writes = outer
        finals.push(new Map([...writes.keys()].map((binding) => [binding, binding.value])))
        for (const [binding, old] of writes) {
          if (!before.has(binding)) before.set(binding, old)
          binding.value = old
        }
      }
    })
    for (const [binding, old] of before) {
      const values = finals.map((final) => final.get(binding) ?? old)
      this.write(
        binding,
        values.reduce((all, value) => either(all, value)),
      )
    }
    return results
  }
}
