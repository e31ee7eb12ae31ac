/** Rails' own plurals and singulars as far as names of tables and columns need them (ActiveSupport's inflections). */

const uncountable = new Set([
  'equipment',
  'information',
  'rice',
  'money',
  'species',
  'series',
  'fish',
  'sheep',
  'jeans',
  'police',
])

const irregular: [string, string][] = [
  ['person', 'people'],
  ['man', 'men'],
  ['child', 'children'],
  ['sex', 'sexes'],
  ['move', 'moves'],
  ['zombie', 'zombies'],
]

/** The first that fits decides. */
const plurals: [RegExp, string][] = [
  [/quiz$/, 'quizzes'],
  [/^ox$/, 'oxen'],
  [/^oxen$/, 'oxen'],
  [/^([ml])ouse$/, '$1ice'],
  [/^([ml])ice$/, '$1ice'],
  [/(matr|vert|ind)(?:ix|ex)$/, '$1ices'],
  [/(x|ch|ss|sh)$/, '$1es'],
  [/([^aeiouy]|qu)y$/, '$1ies'],
  [/hive$/, 'hives'],
  [/([^f])fe$/, '$1ves'],
  [/([lr])f$/, '$1ves'],
  [/sis$/, 'ses'],
  [/([ti])a$/, '$1a'],
  [/([ti])um$/, '$1a'],
  [/(buffal|tomat)o$/, '$1oes'],
  [/bus$/, 'buses'],
  [/(alias|status)$/, '$1es'],
  [/(octop|vir)(?:us|i)$/, '$1i'],
  [/^(ax|test)is$/, '$1es'],
  [/s$/, 's'],
  [/$/, 's'],
]

const singulars: [RegExp, string][] = [
  [/databases$/, 'database'],
  [/quizzes$/, 'quiz'],
  [/matrices$/, 'matrix'],
  [/(vert|ind)ices$/, '$1ex'],
  [/^oxen/, 'ox'],
  [/(alias|status)(?:es)?$/, '$1'],
  [/(octop|vir)(?:us|i)$/, '$1us'],
  [/^axes$/, 'axis'],
  [/(cris|test)(?:is|es)$/, '$1is'],
  [/shoes$/, 'shoe'],
  [/oes$/, 'o'],
  [/bus(?:es)?$/, 'bus'],
  [/^([ml])ice$/, '$1ouse'],
  [/(x|ch|ss|sh)es$/, '$1'],
  [/movies$/, 'movie'],
  [/series$/, 'series'],
  [/([^aeiouy]|qu)ies$/, '$1y'],
  [/([lr])ves$/, '$1f'],
  [/(tive|hive)s$/, '$1'],
  [/([^f])ves$/, '$1fe'],
  [/(analy|ba|diagno|parenthe|progno|synop|the)(?:sis|ses)$/, '$1sis'],
  [/([ti])a$/, '$1um'],
  [/news$/, 'news'],
  [/ss$/, 'ss'],
  [/s$/, ''],
]

/** `order_item` becomes `order_items`. */
export function plural(word: string): string {
  return inflected(word, irregular, plurals)
}

/** `order_items` becomes `order_item`. */
export function singular(word: string): string {
  return inflected(
    word,
    irregular.map(([one, many]): [string, string] => [many, one]),
    singulars,
  )
}

function inflected(word: string, exceptions: [string, string][], rules: [RegExp, string][]): string {
  const last = /[a-z0-9]*$/.exec(word)?.[0] ?? word
  if (uncountable.has(last)) return word
  for (const [from, to] of exceptions) {
    if (word.endsWith(to)) return word
    if (word.endsWith(from)) return word.slice(0, -from.length) + to
  }
  for (const [form, replacement] of rules) if (form.test(word)) return word.replace(form, replacement)
  return word
}
