import type { Place } from '../jobs/job.ts'

/** The parts of a payload that say where it happened. */
export interface Installed {
  installation?: { id: number } | undefined
  repository?: { name: string; owner: { login: string } } | undefined
}

/** Null when the event does not come through an installation: then nothing can be done about it. */
export function place(payload: Installed): Place | null {
  const { installation, repository } = payload
  if (!installation || !repository) return null
  return { installationId: installation.id, owner: repository.owner.login, repo: repository.name }
}
