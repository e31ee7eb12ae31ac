import { channel } from 'node:diagnostics_channel'

/** Carries errors of Lockcast itself out of the pure core: the statement is `unknown`, and the fault must not be lost. */
const bugs = channel('lockcast.analysis-bug')

/** Reports an error that no statement explains. */
export function reportAnalysisBug(error: unknown): void {
  bugs.publish(error)
}

/** Calls `listener` with every such error from here on; returns what ends that. */
export function onAnalysisBug(listener: (error: unknown) => void): () => void {
  const heard = (error: unknown): void => listener(error)
  bugs.subscribe(heard)
  return () => {
    bugs.unsubscribe(heard)
  }
}
