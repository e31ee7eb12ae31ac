/** For hazards whose page and examples are still to be written in this form; goes with the last of them. */
export const unwritten = {
  facts: ['effects', 'catalog'],
  sqlstates: [],
  source: '',
  examples: { bad: [], good: [] },
} as const
