import { createServer, type Server } from 'node:http'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { JobQueue } from '../store/job-queue.ts'

/** The metrics for Prometheus. */
export interface Metrics {
  registry: Registry
  /** A delivery was answered. */
  delivered(event: string, status: number): void
  /** A job ended. `seconds`: how long it ran. */
  ran(kind: string, end: string, seconds: number): void
}

/** Counts from now on. `queue`: asked at each scrape. */
export function createMetrics(queue: () => Pick<JobQueue, 'counts'> | null): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const deliveries = new Counter({
    name: 'lockcast_deliveries_total',
    help: 'Events of GitHub by the status they were answered with',
    labelNames: ['event', 'status'],
    registers,
  })
  const jobs = new Histogram({
    name: 'lockcast_job_seconds',
    help: 'How long jobs ran, waiting for budgets included, by kind and how they ended',
    labelNames: ['kind', 'end'],
    buckets: [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
    registers,
  })
  new Gauge({
    name: 'lockcast_jobs',
    help: 'Jobs in the store by state',
    labelNames: ['state'],
    registers,
    async collect() {
      const counts = await queue()
        ?.counts()
        .catch(() => null)
      if (!counts) return
      const { waiting, delayed, running, buried } = counts
      for (const [state, count] of Object.entries({ waiting, delayed, running, buried })) this.set({ state }, count)
    },
  })
  new Gauge({
    name: 'lockcast_oldest_job_seconds',
    help: 'Age of the oldest job that is due and has not been started',
    registers,
    async collect() {
      const counts = await queue()
        ?.counts()
        .catch(() => null)
      if (counts) this.set(counts.oldestMs / 1_000)
    },
  })
  return {
    registry,
    delivered: (event, status) => deliveries.inc({ event, status: String(status) }),
    ran: (kind, end, seconds) => jobs.observe({ kind, end }, seconds),
  }
}

/** `/metrics` on a port of its own, which the internet need not reach. */
export function createMetricsServer({ registry }: Metrics): Server {
  return createServer((request, response) => {
    if (request.method !== 'GET' || (request.url ?? '').split('?')[0] !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    )
  })
}
