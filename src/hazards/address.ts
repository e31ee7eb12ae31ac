import { hazards } from './registry.ts'

/** Where this project stands for the readers of comments, who have no checkout. */
const documents = 'https://github.com/lockcast/lockcast/blob/main/docs'

/** What editors load; the page of a file would be HTML. */
export const policySchemaAddress = 'https://raw.githubusercontent.com/lockcast/lockcast/main/schema/policy.json'

const withPage = new Set(hazards.map(({ id }) => id))

/** The address of a hazard's page; of the list for what the review itself finds. */
export function hazardAddress(id: string): string {
  return withPage.has(id) ? `${documents}/hazards/${id}.md` : `${documents}/hazards.md`
}
