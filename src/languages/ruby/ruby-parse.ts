import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Code } from '../code/tree.ts'
import { type RubyNode, rubyCode } from './ruby-read.ts'

/** As far as it is used; TypeScript declares it for browsers only. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>
  instantiate(module: object, imports: object): Promise<{ exports: Record<string, unknown> }>
  Module: { imports(module: object): { name: string }[] }
}

type Parse = (text: string) => { value: RubyNode; errors: { message: string; location: { startOffset: number } }[] }

let parse: Parse | null = null

/**
 * Loads Prism, Ruby's own parser in WebAssembly. Its package starts it through `node:wasi`, which prints a warning; a
 * parser reads no file, clock or environment, so that every WASI function may do nothing.
 */
export async function loadRuby(): Promise<void> {
  if (parse) return
  const { parsePrism } = await import('@ruby/prism/src/parsePrism.js')
  const path = createRequire(import.meta.url).resolve('@ruby/prism/src/prism.wasm')
  const module = await WebAssembly.compile(await readFile(path))
  const idle = Object.fromEntries(WebAssembly.Module.imports(module).map(({ name }) => [name, () => 0]))
  const { exports } = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: idle })
  ;(exports as { _initialize?: () => void })._initialize?.()
  parse = (text) => parsePrism(exports as never, text) as unknown as ReturnType<Parse>
}

/** The program of a Ruby file, or the first error with its line. Needs {@link loadRuby} before. */
export function parseRuby(text: string): { body: Code[]; error: { message: string; line: number } | null } {
  if (!parse) throw new Error('loadRuby() comes first')
  const offsets = utf16Offsets(text)
  const result = parse(text)
  const [error] = result.errors
  if (error) {
    const line = text.slice(0, offsets(error.location.startOffset)).split('\n').length
    return { body: [], error: { message: error.message, line } }
  }
  return { body: rubyCode(result.value, text, offsets), error: null }
}

/** Prism counts bytes of UTF-8. */
function utf16Offsets(text: string): (byte: number) => number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: every character that is one byte in UTF-8
  if (/^[\x00-\x7f]*$/.test(text)) return (byte) => byte
  const offsets: number[] = []
  let at = 0
  for (const character of text) {
    for (let i = Buffer.byteLength(character); i > 0; i--) offsets.push(at)
    at += character.length
  }
  return (byte) => offsets[byte] ?? at
}
