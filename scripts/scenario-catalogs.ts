import { writeFileSync } from 'node:fs'
import { shopFile, shopFromServer, shopText } from '../test/support/shop.ts'

/** Writes fixtures/catalogs/shop.json: run it after a change of shop.sql, of the figures or of the snapshot's format. */
writeFileSync(shopFile, shopText(await shopFromServer()))
