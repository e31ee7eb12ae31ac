/** A name that a migration drops, renames or retypes; `column` is null for the table itself. */
export interface CodeName {
  table: string
  column: string | null
}

/** The word that code would hold: the column's name, or the table's. */
export function wordOf(name: CodeName): string {
  return name.column ?? name.table
}

/** Spellings of a name in code: as it is, and in snake, camel, Pascal and constant case. */
export function formsOf(word: string): string[] {
  const parts = partsOf(word)
  const pascal = parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('')
  const snake = parts.join('_')
  const camel = pascal.charAt(0).toLowerCase() + pascal.slice(1)
  return [...new Set([word, snake, camel, pascal, snake.toUpperCase()])].filter((form) => form !== '')
}

/** As {@link formsOf}, with the singular that a model's class or a variable has: `orders` is `Order`, `order`. */
export function tableForms(table: string): string[] {
  const singular = table
    .replace(/ies$/i, 'y')
    .replace(/(ss|sh|ch|x)es$/i, '$1')
    .replace(/(?<!s)s$/i, '')
  return [...new Set([...formsOf(table), ...(singular.length < 3 ? [] : formsOf(singular))])]
}

/** `shippingCode`, `shipping_code` and `ShippingCode` are the words shipping and code. */
function partsOf(word: string): string[] {
  return word
    .replace(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})/gu, '_')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '')
    .map((part) => part.toLowerCase())
}
