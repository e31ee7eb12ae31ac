import type { Scene } from './scene.ts'

/** A look at the whole scene that several hazards share: the first that asks takes it, for each scene once. */
export function once<T>(look: (scene: Scene) => T): (scene: Scene) => T {
  const taken = new WeakMap<Scene, { seen: T }>()
  return (scene) => {
    const known = taken.get(scene) ?? { seen: look(scene) }
    taken.set(scene, known)
    return known.seen
  }
}
