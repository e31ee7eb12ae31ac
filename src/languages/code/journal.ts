import { nothing, sameValue, unknown, type Value } from './values.ts'

/** Notes the assignments of branches, so that each branch starts from the same values and the results are merged. */
export class Journal {
  private readonly notes: Map<Map<string, Value>, Map<string, Value | undefined>>[] = []

  /** Remembers the value before an assignment. */
  note(names: Map<string, Value>, name: string): void {
    const open = this.notes.at(-1)
    if (!open) return
    const known = open.get(names) ?? new Map<string, Value | undefined>()
    if (!known.has(name)) known.set(name, names.get(name))
    open.set(names, known)
  }

  /** Runs what belongs to no branch, such as the loading of a file. */
  aside<Result>(work: () => Result): Result {
    const open = this.notes.splice(0)
    try {
      return work()
    } finally {
      this.notes.push(...open)
    }
  }

  /** Follows each branch from the same start; a name with different values after them is unknown. */
  branches<Body, Result>(bodies: Body[], follow: (body: Body) => Result): Result[] {
    const ends: { names: Map<string, Value>; name: string; value: Value }[] = []
    const starts = new Map<Map<string, Value>, Map<string, Value | undefined>>()
    const results = bodies.map((body) => {
      const notes = new Map<Map<string, Value>, Map<string, Value | undefined>>()
      this.notes.push(notes)
      let result: Result
      try {
        result = follow(body)
      } finally {
        this.notes.pop()
      }
      for (const [names, before] of notes) {
        for (const [name, value] of before) {
          ends.push({ names, name, value: names.get(name) ?? nothing })
          const start = starts.get(names) ?? new Map<string, Value | undefined>()
          if (!start.has(name)) start.set(name, value)
          starts.set(names, start)
          if (value) names.set(name, value)
          else names.delete(name)
        }
      }
      return result
    })
    for (const [names, before] of starts) {
      for (const [name, start] of before) this.merge(names, name, start, ends, bodies.length)
    }
    return results
  }

  private merge(
    names: Map<string, Value>,
    name: string,
    start: Value | undefined,
    ends: { names: Map<string, Value>; name: string; value: Value }[],
    branches: number,
  ): void {
    const values = ends.filter((end) => end.names === names && end.name === name).map(({ value }) => value)
    if (values.length < branches && start) values.push(start)
    const [first = nothing] = values
    const same =
      values.length >= branches && values.every((value) => value === first || sameValue(first, value) === true)
    // A function of the file stays callable.
    this.note(names, name)
    names.set(name, same || first.kind === 'function' ? first : unknown('depends on a condition'))
  }
}
