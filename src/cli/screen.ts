/** Wider lines are hard to read, columns; also the width where the output is no terminal. */
const [widest, elsewhere] = [120, 100]

/**
 * How to print on a stream. FORCE_COLOR and NO_COLOR decide over what the terminal can do, in this order; COLUMNS is the
 * width where the stream has none.
 */
export function screenOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): { colour: boolean; width: number } {
  const columns = stream.columns || Number(env.COLUMNS) || elsewhere
  return { colour: wantsColour(stream, env), width: Math.min(columns, widest) }
}

function wantsColour(stream: NodeJS.WriteStream, { FORCE_COLOR, NO_COLOR }: NodeJS.ProcessEnv): boolean {
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  if (NO_COLOR) return false
  // Another environment than the stream's own is not asked: Node looks at the same two variables.
  return stream.hasColors?.() ?? false
}
