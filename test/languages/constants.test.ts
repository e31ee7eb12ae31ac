import { beforeAll, describe, expect, test } from 'vitest'
import { type Language, Run, type ToolCalls } from '../../src/languages/code/evaluator.ts'
import type { Code } from '../../src/languages/code/tree.ts'
import { nothing, type Value } from '../../src/languages/code/values.ts'
import { elixirLanguage } from '../../src/languages/elixir/elixir-language.ts'
import { parseElixir } from '../../src/languages/elixir/elixir-parse.ts'
import { prepareLanguages } from '../../src/languages/prepare-languages.ts'
import { pythonLanguage } from '../../src/languages/python/python-language.ts'
import { parsePython } from '../../src/languages/python/python-parse.ts'
import { rubyLanguage } from '../../src/languages/ruby/ruby-language.ts'
import { parseRuby } from '../../src/languages/ruby/ruby-parse.ts'

/** Each call of `send` as its text; `?` before those that depend on a condition, the reason in brackets when unknown. */
function sent(body: Code[], language: Language): string[] {
  const texts: string[] = []
  const tool: ToolCalls = {
    call(call, run) {
      if (call.name !== 'deliver') return null
      const [first] = call.args
      texts.push(`${run.uncertain > 0 ? '?' : ''}${first ? shown(first) : ''}`)
      return nothing
    },
  }
  new Run(language, tool).load(body, { names: new Map(), outer: null, closed: true })
  return texts
}

function shown(value: Value): string {
  if (value.kind === 'text' || value.kind === 'number') return value.text
  if (value.kind === 'constant') return String(value.value)
  if (value.kind === 'list') return `[${value.items.map(shown).join(' ')}]`
  return value.kind === 'unknown' ? `<${value.reason}>` : `<${value.kind}>`
}

beforeAll(() => prepareLanguages(['a.rb', 'b.py', 'c.exs']))

describe('Ruby', () => {
  test.each<[string, string[]]>([
    ['A = "x"\ndeliver "a#{A}c"', ['axc']],
    ['%w[a b].each { |t| deliver "drop #{t}" }', ['drop a', 'drop b']],
    ['{ a: 1, "b" => 2 }.each { |k, v| deliver "#{k}=#{v}" }', ['a=1', 'b=2']],
    ['[[:a, 1], [:b, 2]].each do |(k, v)| deliver "#{k}#{v}" end', ['a1', 'b2']],
    ['deliver <<~SQL\n  select 1\n    from t\nSQL', ['select 1\n  from t\n']],
    ['deliver <<-SQL.squish\n  select #{1 + 1}\n  SQL', ['select 2']],
    ['def h(t, c: "id", **o)\n deliver "#{t}.#{c}"\nend\nh(:x)\nh(:y, c: "z")', ['x.id', 'y.z']],
    ['def each_one\n yield "a"\n yield "b"\nend\neach_one { |x| deliver x }', ['a', 'b']],
    ['if ENV["X"]\n deliver "a"\nelse\n deliver "b"\nend', ['?a', '?b']],
    ['deliver "a" unless true\ndeliver "b" if 1 == 1', ['b']],
    ['return if ENV["X"]\ndeliver "a"', ['?a']],
    ['raise "no" if ENV["X"]\ndeliver "a"', ['a']],
    ['x = "a"\nx = "b" if ENV["X"]\ndeliver x', ['<depends on a condition>']],
    ['s = "a"\ns += "b"\ndeliver s', ['ab']],
    ['deliver format("%s %<n>d %%", "a", n: 2)', ['a 2 %']],
    ['deliver("a" "b" \\\n "c")', ['abc']],
    ['T = %i[a b].freeze\ndeliver T.map { |t| "#{t}_id" }.join(", ")', ['a_id, b_id']],
    ['case "b"\nwhen "a" then deliver 1\nwhen "b" then deliver 2\nelse deliver 3\nend', ['2']],
    ['f = ->(x) { deliver x }\nf.call("a")', ['a']],
    ['def a(n)\n a(n)\nend\na(1)\ndeliver "é"', ['é']],
    ['begin\n deliver "a"\nrescue\n deliver "b"\nensure\n deliver "c"\nend', ['a', '?b', 'c']],
    ['deliver unknown_thing + "x"', ['\uE000x']],
  ])('%s', (text, expected) => {
    const { body, error } = parseRuby(text)
    expect(error).toBeNull()
    expect(sent(body, rubyLanguage)).toEqual(expected)
  })

  test('names the line of an error', () => {
    expect(parseRuby('class A\n  def x(\nend').error?.line).toBeGreaterThanOrEqual(2)
  })
})

describe('Python', () => {
  test.each<[string, string[]]>([
    ['A = "x"\ndeliver(f"a{A}c{{}}")', ['axc{}']],
    ['for t in ["a", "b"]:\n    deliver("drop %s" % t)', ['drop a', 'drop b']],
    ['for k, v in {"a": 1}.items():\n    deliver("{}={}".format(k, v))', ['a=1']],
    ['for i, t in enumerate(("a", "b")):\n    deliver(f"{i}{t}")', ['0a', '1b']],
    ['def h(t, c="id", *a, **k):\n    deliver(t + "." + c)\nh("x")\nh("y", c="z")', ['x.id', 'y.z']],
    ['deliver(", ".join(f"{c}_id" for c in ["a", "b"]))', ['a_id, b_id']],
    ["deliver(r\"\\d\" \"b\" '''c''')", ['\\dbc']],
    ['from textwrap import dedent\ndeliver(dedent("""\\\n  a\n   b"""))', ['a\n b']],
    ['if x:\n    deliver("a")\nelif y:\n    deliver("b")\nelse:\n    deliver("c")', ['?a', '?b', '?c']],
    ['if []:\n    deliver("a")\nelse:\n    deliver("b")', ['b']],
    ['if "a" in ("a", "b") and not None:\n    deliver("y")', ['y']],
    ['x, y = 1, 2\ndeliver(f"{x}{y}")', ['12']],
    ['x = [1]\nx.append(2)\ndeliver(x)', ['[1 2]']],
    ['class A:\n    B = "c"\n    def go(self, x):\n        deliver(x)\ndeliver(A.B)', ['c']],
    ['try:\n    deliver("a")\nexcept Exception:\n    deliver("b")\nfinally:\n    deliver("c")', ['a', '?b', 'c']],
    ['deliver("a" if True else "b")', ['a']],
    ['while x:\n    deliver("a")', ['?a']],
    ['def f():\n    return "q"\ndeliver(f())', ['q']],
    ['deliver(-1)', ['-1']],
  ])('%s', (text, expected) => {
    const { body, error } = parsePython(text)
    expect(error).toBeNull()
    expect(sent(body, pythonLanguage)).toEqual(expected)
  })

  test('names the line of an error', () => {
    expect(parsePython('a = 1\ndef (:\n').error?.line).toBe(2)
  })
})

describe('Elixir', () => {
  test.each<[string, string[]]>([
    ['@a "x"\ndeliver("a#{@a}c")', ['axc']],
    ['@t ~w(a b)a\nfor t <- @t, do: deliver("drop #{t}")', ['drop a', 'drop b']],
    ['for {k, v} <- [a: 1, b: 2] do\n deliver("#{k}#{v}")\nend', ['a1', 'b2']],
    ['Enum.each([:a, :b], fn t -> deliver("x #{t}") end)', ['x a', 'x b']],
    ['Enum.each(["a"], &deliver("x #{&1}"))', ['x a']],
    ['deliver """\n  select 1\n    from t\n  """', ['select 1\n  from t\n']],
    ['deliver ~S|a "b" #{c}|', ['a "b" #{c}']],
    ['defp h(t, c \\\\ "id") do\n deliver t <> "." <> c\nend\nh("x")\nh("y", "z")', ['x.id', 'y.z']],
    ['defp h(:a), do: deliver("1")\ndefp h(:b), do: deliver("2")\nh(:b)', ['2']],
    ['"a" |> deliver()', ['a']],
    ['if x() do\n deliver "a"\nelse\n deliver "b"\nend', ['?a', '?b']],
    ['unless true, do: deliver("a"), else: deliver("b")', ['b']],
    ['x = %{a: "q"}\ndeliver(x.a)', ['q']],
    ['case :b do\n :a -> deliver "1"\n :b -> deliver "2"\nend', ['2']],
    ['deliver(Enum.map_join(["a", "b"], ", ", fn c -> "#{c}_id" end))', ['a_id, b_id']],
  ])('%s', (text, expected) => {
    expect(sent(parseElixir(text), elixirLanguage)).toEqual(expected)
  })
})
