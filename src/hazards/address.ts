import { hazards } from './hazard-registry.ts'

/** The project's address for readers who have no checkout. */
export const projectAddress = 'https://github.com/lockcast/lockcast'

const documents = `${projectAddress}/blob/main/docs`

/** The address that editors load; the page of a file would be HTML. */
export const policySchemaAddress = 'https://raw.githubusercontent.com/lockcast/lockcast/main/schema/policy.json'

const withPage = new Set(hazards.map(({ id }) => id))

/** The address of a hazard's page; for findings of the review itself, of the list. */
export function hazardAddress(id: string): string {
  return withPage.has(id) ? `${documents}/hazards/${id}.md` : `${documents}/hazards.md`
}
