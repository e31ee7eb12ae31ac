/** Why the store cannot be used, as a sentence for the operator. It names variables and folders, never a connection string. */
export class StoreError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StoreError'
  }
}
