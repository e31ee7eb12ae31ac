import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

/** Validates requests and responses against the trimmed OpenAPI description of GitHub. */
interface ApiDescription {
  /** The operation for a request, or null when Lockcast is not known to use it. */
  match(method: string, path: string): { operation: Operation; parameters: Record<string, string> } | null
  /** What is wrong with a request's query and body, in words; empty when nothing is. */
  requestProblems(operation: Operation, query: URLSearchParams, body: unknown): string[]
  responseProblems(operation: Operation, status: number, body: unknown): string[]
}

interface Operation {
  method: string
  path: string
  parameters: { name: string; in: string; required: boolean; schema: object }[]
  body: object | null
  responses: Record<string, object | null>
}

interface Description {
  operations: Operation[]
  schemas: Record<string, object>
}

/** Compiling the schemas takes about a second, so one description serves every fake of the process. */
let shared: ApiDescription | null = null

export function apiDescription(): ApiDescription {
  shared ??= load()
  return shared
}

function load(): ApiDescription {
  const text = readFileSync(new URL('github-openapi.json', import.meta.url), 'utf8')
  const description = JSON.parse(text) as Description
  const ajv = new Ajv2020({ strict: false, allErrors: false, coerceTypes: false, validateFormats: true })
  formats.default(ajv)
  ajv.addFormat('int64', true)
  ajv.addFormat('timestamp', true)
  ajv.addSchema({ $id: 'github', schemas: description.schemas })
  const queryAjv = new Ajv2020({ strict: false, coerceTypes: true })
  formats.default(queryAjv)
  const compiled = new Map<object, ValidateFunction>()
  const validate = (schema: object, value: unknown, with_ = ajv): string[] => {
    let check = compiled.get(schema)
    if (!check) {
      check = with_.compile(absolute(schema) as object)
      compiled.set(schema, check)
    }
    if (check(value)) return []
    return (check.errors ?? []).map(
      (error) => `${error.instancePath || 'body'} ${error.message} ${JSON.stringify(error.params)}`,
    )
  }
  const routes = description.operations.map((operation) => ({ operation, pattern: pathPattern(operation.path) }))

  return {
    match(method, path) {
      for (const { operation, pattern } of routes) {
        const found = operation.method === method.toLowerCase() ? pattern.exec(path) : null
        if (!found) continue
        const parameters = Object.fromEntries(
          Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
        )
        return { operation, parameters }
      }
      return null
    },
    requestProblems(operation, query, body) {
      const problems: string[] = []
      const inQuery = operation.parameters.filter((parameter) => parameter.in === 'query')
      for (const [name, value] of query) {
        const parameter = inQuery.find((known) => known.name === name)
        if (!parameter) problems.push(`unknown query parameter ${name}`)
        else problems.push(...validate(wrapped(parameter), { value }, queryAjv))
      }
      if (operation.body && body !== undefined) problems.push(...validate(operation.body, body))
      if (!operation.body && body !== undefined) problems.push('a body where none is read')
      return problems
    },
    responseProblems(operation, status, body) {
      if (!(String(status) in operation.responses)) return []
      const schema = operation.responses[String(status)]
      return schema ? validate(schema, body) : []
    },
  }
}

const wrappers = new Map<object, object>()

/** Query values are strings; ajv coerces properties only, so the value is looked at as one. */
function wrapped(parameter: { schema: object }): object {
  const known = wrappers.get(parameter)
  if (known) return known
  const made = { type: 'object', properties: { value: parameter.schema } }
  wrappers.set(parameter, made)
  return made
}

function absolute(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(absolute)
  if (schema === null || typeof schema !== 'object') return schema
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) =>
      key === '$ref' && typeof value === 'string' ? [key, `github${value}`] : [key, absolute(value)],
    ),
  )
}

function pathPattern(path: string): RegExp {
  const source = path.replace(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>${name === 'path' ? '.+' : '[^/]+'})`)
  return new RegExp(`^${source}$`)
}
