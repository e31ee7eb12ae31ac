import { setFlagsFromString } from 'node:v8'

/**
 * Keeps V8 from optimising the parser's WebAssembly, and must be imported before it. The grammar is one function of many
 * thousand states: optimising it in the background takes 0.4 s and 530 MB, which a process waits for at its end even
 * when it parsed a single statement. Measured on one file: 0.57 s and 618 MB with, 0.28 s and 92 MB without; on 5,000
 * files the baseline code is no slower (1.8 s against 1.9 s).
 */
setFlagsFromString('--no-wasm-tier-up')
setFlagsFromString('--no-wasm-dynamic-tiering')
