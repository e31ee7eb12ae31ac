import { textOf, type Value } from '../../languages/code/values.ts'

/** The options of a call of Rails, read by name. */
export class Options {
  readonly values: Map<string, Value>

  constructor(values: Map<string, Value>) {
    this.values = values
  }

  has(name: string): boolean {
    return this.values.has(name)
  }

  value(name: string): Value | undefined {
    return this.values.get(name)
  }

  /** The text of a string, symbol or number; null when the option is missing or nil. */
  text(name: string): string | null {
    return textOf(this.values.get(name))
  }

  /** True when the option is given as true. */
  isTrue(name: string): boolean {
    const value = this.values.get(name)
    return value?.kind === 'constant' && value.value === true
  }

  isFalse(name: string): boolean {
    const value = this.values.get(name)
    return value?.kind === 'constant' && value.value === false
  }

  /** The option is given and is neither false nor nil. */
  isSet(name: string): boolean {
    const value = this.values.get(name)
    return value !== undefined && !(value.kind === 'constant' && value.value !== true)
  }

  /** The options inside an option that is a hash; none for `true`. */
  inner(name: string): Options {
    const value = this.values.get(name)
    return new Options(value?.kind === 'dict' ? value.entries : new Map())
  }

  with(name: string, value: Value): Options {
    return new Options(new Map([...this.values, [name, value]]))
  }

  without(...names: string[]): Options {
    return new Options(new Map([...this.values].filter(([name]) => !names.includes(name))))
  }
}

/** One text or a list of texts; null when a part is not known. */
export function textsOf(value: Value | undefined): string[] | null {
  if (value?.kind === 'list') {
    const texts = value.items.map(textOf)
    return texts.every((text) => text !== null) ? texts : null
  }
  const text = textOf(value)
  return text === null ? null : [text]
}
