/** Thrown inside the reading of one call, with the reason as a clause. */
export class NotReadable extends Error {}

export function raise(reason: string): never {
  throw new NotReadable(reason)
}
