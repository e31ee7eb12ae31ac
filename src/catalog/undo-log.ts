/** A log of changes that can be undone to any point. */
export class UndoLog {
  readonly #undo: (() => void)[] = []

  /** The current position, for {@link rollback}. */
  undoPoint(): number {
    return this.#undo.length
  }

  /** Takes back everything since that point, the last first. */
  rollback(undoPoint: number): void {
    while (this.#undo.length > undoPoint) this.#undo.pop()?.()
  }

  /** Something has been changed that `undo` gives back. */
  note(undo: () => void): void {
    this.#undo.push(undo)
  }

  /** Changes one entry of a map; undefined takes it out. */
  set<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
    const before = map.get(key)
    put(map, key, value)
    this.note(() => put(map, key, before))
  }

  /** Makes the changes so far permanent. */
  forget(): void {
    this.#undo.length = 0
  }
}

function put<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}
