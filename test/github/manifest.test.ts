import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { defaultWebhookPath } from '../../src/server/config.ts'
import { grantedPermissions, subscribedEvents } from '../support/github/fake-github.ts'

const manifest = parse(readFileSync(new URL('../../app.yml', import.meta.url), 'utf8')) as {
  hook_attributes: { url: string }
  default_permissions: Record<string, string>
  default_events: string[]
}

test('the fake grants what app.yml asks for and no more', () => {
  expect(manifest.default_permissions).toEqual(grantedPermissions)
  // GitHub sends events about installations to every app; they cannot be chosen.
  expect(manifest.default_events).toEqual(subscribedEvents.filter((event) => !event.startsWith('installation')).sort())
})

test('the webhook URL has the path that the server hears', () => {
  expect(new URL(manifest.hook_attributes.url).pathname).toBe(defaultWebhookPath)
})
