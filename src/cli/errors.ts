/** A mistake that the person at the terminal can correct: printed as one line, exit code 2. */
export class UsageError extends Error {}
