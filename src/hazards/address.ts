/** Where the documents of this version stand for the readers of comments, who have no checkout. */
const documents = 'https://github.com/lockcast/lockcast/blob/main/docs'

/** The address of a hazard's page. */
export function hazardAddress(id: string): string {
  return `${documents}/hazards.md#${id}`
}
