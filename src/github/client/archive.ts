import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as WebStream } from 'node:stream/web'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import type { ArchiveReader } from './port.ts'

/** Reads a gzipped tar as it comes, so that no more than one file of it is in memory. Paths are without the outer folder. */
export async function readArchive(stream: ReadableStream<Uint8Array>, reader: ArchiveReader): Promise<void> {
  const tar = extract()
  const gunzip = createGunzip()
  // Ended early, the pipeline fails with this alone.
  const stopped = new Error('stopped')
  const read = async (): Promise<void> => {
    for await (const entry of tar) {
      const { name, size = 0, type } = entry.header
      const path = name.slice(name.indexOf('/') + 1)
      const wanted = type === 'file' ? reader.wants(path, size) : false
      if (wanted === 'stop') throw stopped
      if (wanted) reader.take(path, await buffer(entry))
      else entry.resume()
    }
  }
  const source = Readable.fromWeb(stream as WebStream)
  const reading = read().catch((error) => {
    source.destroy(error)
    throw error
  })
  try {
    await Promise.all([pipeline(source, gunzip, tar), reading])
  } catch (error) {
    await reading.catch(() => {})
    if (error !== stopped) throw error
  }
}
