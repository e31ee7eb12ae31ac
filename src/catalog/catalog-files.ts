import type { z } from 'zod'
import { type Profile, profileSchema } from './profile.ts'
import { type CatalogSnapshot, catalogSnapshot } from './snapshot.ts'

/** The value read from a text, or a sentence that says why it cannot be read. */
export type FileRead<T> = { value: T; problem: null } | { value: null; problem: string }

/** A catalog as `lockcast snapshot` prints it. */
export function parseSnapshot(text: string): FileRead<CatalogSnapshot> {
  return parsed(text, catalogSnapshot, 'not a catalog snapshot', 'make one with lockcast snapshot')
}

/** A profile as `lockcast calibrate` prints it. */
export function parseProfile(text: string): FileRead<Profile> {
  return parsed(text, profileSchema, 'not a profile', 'make one with lockcast calibrate')
}

function parsed<T>(text: string, schema: z.ZodType<T>, wrong: string, way: string): FileRead<T> {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    return { value: null, problem: `not JSON (${(error as Error).message}); ${way}` }
  }
  const result = schema.safeParse(content)
  if (result.success) return { value: result.data, problem: null }
  const [issue] = result.error.issues
  const at = issue?.path.join('.') || 'top level'
  return { value: null, problem: `${wrong} (${at}: ${issue?.message}); ${way}` }
}
