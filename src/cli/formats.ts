/** How a review can be printed. Here alone, so that the list of options loads none of what prints. */
export const formats = ['text', 'json', 'markdown', 'sarif', 'github'] as const
export type Format = (typeof formats)[number]
