/** The oldest Node that runs Lockcast; `engines` in package.json names the same. */
const oldest = { major: 22, minor: 18 }

/** Why this version of Node does not run Lockcast, as a sentence with the way out; null when it does. */
export function oldNodeProblem(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return null
  return `Node ${oldest.major}.${oldest.minor} or newer is needed, and this is ${version}: install it from https://nodejs.org or with your version manager, then run the command again`
}
