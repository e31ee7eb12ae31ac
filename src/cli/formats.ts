/** How a review can be printed. Here alone, so that listing the options loads no formatter. */
export const formats = ['text', 'json', 'markdown', 'sarif', 'github', 'gcc', 'gitlab', 'rdjson'] as const
export type Format = (typeof formats)[number]
