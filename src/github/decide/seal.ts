import { createHmac, randomBytes } from 'node:crypto'
import type { Review } from '../../review/result.ts'
import type { Records } from '../records.ts'

/** Turns a finding's fingerprint into a name that says nothing to whoever lacks the installation's key. */
type Seal = (fingerprint: string) => string

/**
 * The seal of an installation. A fingerprint is a hash of names, so whoever reads it in a hidden block could try names
 * until one fits; only this server, or those that share its store, can compute a sealed one.
 */
export async function sealOf(records: Pick<Records, 'valueOnce'>, installationId: number): Promise<Seal> {
  const key = await records.valueOnce(sealKeyName(installationId), () => randomBytes(32).toString('base64'))
  return (fingerprint) => createHmac('sha256', key).update(fingerprint).digest('hex').slice(0, 32)
}

/** Name of the value that keeps the key of an installation. */
export function sealKeyName(installationId: number): string {
  return `key of installation ${installationId}`
}

/** The review with sealed fingerprints: the only ones that checks, comments, records and the log get. */
export function sealed(review: Review, seal: Seal): Review {
  const findings = review.findings.map((finding) => ({ ...finding, fingerprint: seal(finding.fingerprint) }))
  return { ...review, findings }
}
