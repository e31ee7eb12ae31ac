/**
 * Cuts GitHub's OpenAPI description (385 MB as `@octokit/openapi`) down to the operations Lockcast calls, without prose,
 * as JSON Schema that ajv reads.
 *
 *     npm install --prefix FOLDER @octokit/openapi
 *     node scripts/trim-openapi.ts FOLDER/node_modules/@octokit/openapi/generated/api.github.com.json
 *
 * The output is test/support/github/github-openapi.json; its licence stands beside it.
 */

import { readFileSync, writeFileSync } from 'node:fs'

const operations: [string, string][] = [
  ['get', '/app'],
  ['get', '/user'],
  ['get', '/app/installations'],
  ['get', '/app/hook/deliveries'],
  ['post', '/app/hook/deliveries/{delivery_id}/attempts'],
  ['post', '/app/installations/{installation_id}/access_tokens'],
  ['get', '/installation/repositories'],
  ['get', '/repos/{owner}/{repo}/pulls'],
  ['get', '/repos/{owner}/{repo}/pulls/{pull_number}'],
  ['get', '/repos/{owner}/{repo}/pulls/{pull_number}/files'],
  ['get', '/repos/{owner}/{repo}/pulls/{pull_number}/commits'],
  ['get', '/repos/{owner}/{repo}/pulls/{pull_number}/comments'],
  ['get', '/repos/{owner}/{repo}/pulls/{pull_number}/reviews'],
  ['post', '/repos/{owner}/{repo}/pulls/{pull_number}/reviews'],
  ['delete', '/repos/{owner}/{repo}/pulls/comments/{comment_id}'],
  ['get', '/repos/{owner}/{repo}/contents/{path}'],
  ['get', '/repos/{owner}/{repo}/git/blobs/{file_sha}'],
  ['get', '/repos/{owner}/{repo}/git/trees/{tree_sha}'],
  ['get', '/repos/{owner}/{repo}/tarball/{ref}'],
  ['get', '/repos/{owner}/{repo}/commits/{ref}/check-runs'],
  ['post', '/repos/{owner}/{repo}/check-runs'],
  ['patch', '/repos/{owner}/{repo}/check-runs/{check_run_id}'],
  ['get', '/repos/{owner}/{repo}/issues/{issue_number}/comments'],
  ['post', '/repos/{owner}/{repo}/issues/{issue_number}/comments'],
  ['patch', '/repos/{owner}/{repo}/issues/comments/{comment_id}'],
  ['delete', '/repos/{owner}/{repo}/issues/comments/{comment_id}'],
  ['get', '/repos/{owner}/{repo}/issues/{issue_number}/timeline'],
  ['delete', '/repos/{owner}/{repo}/issues/{issue_number}/labels/{name}'],
  ['post', '/repos/{owner}/{repo}/labels'],
  ['get', '/orgs/{org}/teams/{team_slug}/memberships/{username}'],
  ['get', '/repos/{owner}/{repo}/collaborators/{username}/permission'],
]

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type JsonObject = { [key: string]: Json }

const source = process.argv[2]
if (!source) {
  console.error('usage: node scripts/trim-openapi.ts PATH/api.github.com.json')
  process.exit(2)
}
const api = JSON.parse(readFileSync(source, 'utf8')) as JsonObject
const schemas: JsonObject = {}
const trimmed = operations.map(([method, path]) => trimOperation(method, path))
const output = new URL('../test/support/github/github-openapi.json', import.meta.url)
const { version } = api.info as JsonObject
writeFileSync(output, `${JSON.stringify({ version, operations: trimmed, schemas: sorted(schemas) }, null, 1)}\n`)
console.log(`${trimmed.length} operations, ${Object.keys(schemas).length} schemas`)

function trimOperation(method: string, path: string): JsonObject {
  const paths = api.paths as Record<string, Record<string, JsonObject>>
  const operation = paths[path]?.[method]
  if (!operation) throw new Error(`the description has no ${method} ${path}`)
  const parameters = ((operation.parameters ?? []) as JsonObject[]).map(resolve).map((parameter) => ({
    name: parameter.name ?? null,
    in: parameter.in ?? null,
    required: parameter.required === true,
    schema: trimSchema(parameter.schema ?? {}),
  }))
  const body = jsonSchema(operation.requestBody)
  const responses: JsonObject = {}
  for (const [status, response] of Object.entries(operation.responses as JsonObject)) {
    if (status === '304' || Number(status) >= 500) continue
    responses[status] = jsonSchema(response)
  }
  return { method, path, parameters, body, responses }
}

function jsonSchema(holder: Json | undefined): Json {
  if (!holder) return null
  const content = resolve(holder as JsonObject).content as Record<string, JsonObject> | undefined
  const schema = content?.['application/json']?.schema
  return schema ? trimSchema(schema) : null
}

function resolve(value: JsonObject): JsonObject {
  if (typeof value.$ref !== 'string') return value
  let at: Json = api
  for (const step of value.$ref.slice(2).split('/')) at = (at as JsonObject)[step] ?? null
  return at as JsonObject
}

/** JSON Schema of a schema object: prose gone, `nullable` as a type, references pulled along. */
function trimSchema(schema: Json): Json {
  if (schema === null || typeof schema !== 'object') return schema
  if (Array.isArray(schema)) return schema.map(trimSchema)
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)
    if (!(name in schemas)) {
      schemas[name] = {}
      schemas[name] = trimSchema(resolve(schema))
    }
    return { $ref: `#/schemas/${name}` }
  }
  const result: JsonObject = {}
  for (const key of [
    'type',
    'format',
    'enum',
    'required',
    'additionalProperties',
    'items',
    'oneOf',
    'anyOf',
    'allOf',
  ]) {
    if (schema[key] !== undefined) result[key] = key === 'enum' ? schema[key] : trimSchema(schema[key])
  }
  for (const key of ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'pattern']) {
    if (schema[key] !== undefined) result[key] = schema[key]
  }
  if (schema.properties) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties as JsonObject).map(([name, property]) => [name, trimSchema(property)]),
    )
  }
  // The description says that an installation's account is a user and an enterprise at once; one of them is meant.
  if (result.allOf && isAccount(schema.allOf)) {
    result.anyOf = result.allOf
    delete result.allOf
  }
  return schema.nullable === true ? nullable(result) : result
}

function isAccount(parts: Json | undefined): boolean {
  const titles = (parts as JsonObject[]).map((part) => part.title)
  return titles.join() === 'Simple User,Enterprise'
}

function nullable(schema: JsonObject): JsonObject {
  if (typeof schema.type !== 'string') return { anyOf: [{ type: 'null' }, schema] }
  const result: JsonObject = { ...schema, type: [schema.type, 'null'] }
  if (Array.isArray(schema.enum)) result.enum = [...schema.enum, null]
  return result
}

function sorted(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
