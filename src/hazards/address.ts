import { hazards } from './registry.ts'

/** Where the documents of this version stand for the readers of comments, who have no checkout. */
const documents = 'https://github.com/lockcast/lockcast/blob/main/docs'

const withPage = new Set(hazards.map(({ id }) => id))

/** The address of a hazard's page; of the list for what the review itself finds. */
export function hazardAddress(id: string): string {
  return withPage.has(id) ? `${documents}/hazards/${id}.md` : `${documents}/hazards.md`
}
